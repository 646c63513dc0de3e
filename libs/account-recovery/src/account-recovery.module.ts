import { Module } from '@nestjs/common';
import { declareAudience } from '@holdfast/platform';
import { IdentityModule } from '@holdfast/identity';
import { AccountRecoverySettings } from './account-recovery.settings';
import { AccountRecoveryController, CustomerRecoveryController } from './api/account-recovery.controller';
import { AccountRecovery, RecoverySweep } from './application/account-recovery.service';
import { RecoveryLetters } from './application/recovery-letters.service';
import { RecoveryRepository } from './domain/recovery.repository';
import { OrmRecoveryRepository } from './infrastructure/orm-recovery.repository';

declareAudience('account-recovery.requested', 'internal');

const services = [AccountRecovery, RecoveryLetters, RecoverySweep];

@Module({
  imports: [IdentityModule],
  providers: [AccountRecoverySettings, ...services, { provide: RecoveryRepository, useClass: OrmRecoveryRepository }],
  exports: services,
})
export class AccountRecoveryModule {}

@Module({
  imports: [AccountRecoveryModule, IdentityModule],
  controllers: [AccountRecoveryController, CustomerRecoveryController],
})
export class AccountRecoveryApiModule {}
