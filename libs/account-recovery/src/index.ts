// Owns: requests to reset a password or to verify an e-mail address, and their one-time tokens
//   (schema `account_recovery`).
// Exposes: RecoveryLetters, from which notifications takes the token at the moment of sending; the sweep.
// Emits: account-recovery.requested, which stays internal.
// Reacts to: nothing.
// Promises: a token serves once and for a while, and a newer one ends it; no table, event or log holds a token.
import { AccountRecovery1700000000132 } from './infrastructure/1700000000132-account-recovery.migration';
import { recoverySchemas } from './infrastructure/recovery.schema';

export { AccountRecoveryApiModule, AccountRecoveryModule } from './account-recovery.module';
export { RecoverySweep } from './application/account-recovery.service';
export { type RecoveryLetter, RecoveryLetters } from './application/recovery-letters.service';
export const accountRecoveryPersistence = { entities: recoverySchemas, migrations: [AccountRecovery1700000000132] };
