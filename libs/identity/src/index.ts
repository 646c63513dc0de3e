// Owns: customers, their passwords and roles, the sessions of their log-ins, the API keys of machines; who may call which route.
// Exposes: LoggedIn and CurrentCustomer for controllers; Contacts for who writes to them; registration, the sweep.
// Emits: nothing.
// Reacts to: nothing.
// Holds: schema `identity`. Promises: a refresh token serves once, a disabled customer nothing, an admin is always left.
import { Identity1700000000002 } from './infrastructure/1700000000002-identity.migration';
import { ApiKeys1700000000060 } from './infrastructure/1700000000060-api-keys.migration';
import { identitySchemas } from './infrastructure/identity.schema';

export { type CurrentCustomer, ensureScope, LoggedIn } from './api/access.guard';
export { Contacts, CustomerSearch } from './application/customer.queries';
export { RegistrationService } from './application/registration.service';
export { SessionSweep } from './application/session-sweep.service';
export { IdentityApiModule, IdentityModule } from './identity.module';
export const identityPersistence = {
  entities: identitySchemas,
  migrations: [Identity1700000000002, ApiKeys1700000000060],
};
