// Owns: customers, their passwords and roles, the sessions of their log-ins, the API keys of machines, route access.
// Exposes: LoggedIn, CurrentCustomer for controllers; Contacts for messages; the sweep;
//   AccountsService for tools and account-recovery; AccountObligations, which other contexts tell what they owe a
//   customer.
// Emits: identity.account-changed, -closed, which stay internal.
// Reacts to: nothing.
// Holds: schema `identity`.
// Promises: a refresh token has one successor, a disabled customer has no access, one admin is left.
import { identitySchemas } from './infrastructure/identity.schema';
import { Identity1700000000002 } from './infrastructure/migrations/1700000000002-identity.migration';
import { ApiKeys1700000000060 } from './infrastructure/migrations/1700000000060-api-keys.migration';
import { SessionDetails1700000000130 } from './infrastructure/migrations/1700000000130-session-details.migration';
import { VerifiedEmails1700000000131 } from './infrastructure/migrations/1700000000131-verified-emails.migration';
import { FormerEmails1700000000080 } from './infrastructure/migrations/1700000000080-former-emails.migration';

export { type CurrentCustomer, ensureScope, LoggedIn } from './api/access.guard';
export { AccountObligations, AccountsService } from './application/accounts.service';
export { Contacts, CustomerSearch } from './application/customer.queries';
export { fold } from './domain/account-rules';
export { logSecurity } from './application/security-log';
export { IdentitySweep } from './application/sessions.service';
export { IdentityApiModule, IdentityModule } from './identity.module';
export { CustomerNotFound, EmailTaken, ValuesRefused } from './domain/identity.errors';
export const identityPersistence = {
  entities: identitySchemas,
  migrations: [
    Identity1700000000002,
    ApiKeys1700000000060,
    FormerEmails1700000000080,
    SessionDetails1700000000130,
    VerifiedEmails1700000000131,
  ],
};
