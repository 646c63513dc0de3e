import { DomainError } from '@holdfast/shared-kernel';
import type { Fault } from './account-rules';

/** Chosen values that break rules: to a client, each is a bad field of the body like any other. */
export class ValuesRefused extends DomainError {
  constructor(faults: (Omit<Fault, 'field'> & { field: string })[]) {
    const errors = faults.map(({ field, code, detail }) => ({ pointer: `/${field}`, code, detail }));
    const message = 'Some of the given values are not acceptable; `errors` names each.';
    super('validation-failed', 'malformed', message, { errors });
  }
}

export class UsernameTaken extends DomainError {
  constructor() {
    super('username-taken', 'conflict', 'Another customer has this username, or an admin has one that looks like it.');
  }
}

export class EmailTaken extends DomainError {
  constructor() {
    super('email-taken', 'conflict', 'Another customer has this e-mail address.');
  }
}

export class CustomerNotFound extends DomainError {
  constructor() {
    super('customer-not-found', 'not-found', 'This customer does not exist.');
  }
}

export class InvalidCredentials extends DomainError {
  constructor() {
    super('invalid-credentials', 'unauthenticated', 'The username or the password is wrong.');
  }
}

export class RefreshTokenInvalid extends DomainError {
  constructor() {
    const message = 'The refresh token has expired, was used before, or is not one of this service: log in again.';
    super('unauthorized', 'unauthenticated', message);
  }
}

export class SessionNotFound extends DomainError {
  constructor() {
    super('session-not-found', 'not-found', 'You have no session with this id, or it has ended.');
  }
}

export class CurrentPasswordWrong extends DomainError {
  constructor() {
    super('current-password-wrong', 'invalid', 'This change needs your current password, and the one given is wrong.');
  }
}

/** `seconds` is the time until the next try is admitted. */
export class LogInsThrottled extends DomainError {
  constructor(seconds: number) {
    const message = `Too many tries with a wrong password: try again in ${seconds} s.`;
    super('login-throttled', 'throttled', message, { retryAfter: seconds });
  }
}

export class PasswordsBusy extends DomainError {
  constructor() {
    super('service-unavailable', 'unavailable', 'Too many passwords are being checked: try again shortly.');
  }
}

export class LastAdmin extends DomainError {
  constructor() {
    super('last-admin', 'conflict', 'This is the last active admin: appoint another one first.');
  }
}

export class AccountHasOpenOrders extends DomainError {
  constructor() {
    const message = 'Orders of this account are still to be shipped or received: close it when they are done.';
    super('account-has-open-orders', 'conflict', message);
  }
}

export class ApiKeyNotFound extends DomainError {
  constructor() {
    super('api-key-not-found', 'not-found', 'This API key does not exist.');
  }
}
