import { DomainError } from '@holdfast/shared-kernel';

export class UsernameTaken extends DomainError {
  constructor() {
    super('username-taken', 'conflict', 'Another customer has this username.');
  }
}

export class EmailTaken extends DomainError {
  constructor() {
    super('email-taken', 'conflict', 'Another customer has this e-mail address.');
  }
}

export class CustomerNotFound extends DomainError {
  constructor() {
    super('customer-not-found', 'not-found', 'There is no such customer.');
  }
}

export class CurrentPasswordWrong extends DomainError {
  constructor() {
    super('current-password-wrong', 'invalid', 'A new password needs the current one, and this is not it.');
  }
}

export class LastAdmin extends DomainError {
  constructor() {
    super('last-admin', 'conflict', 'This is the last active admin: make another one first.');
  }
}

export class ApiKeyNotFound extends DomainError {
  constructor() {
    super('api-key-not-found', 'not-found', 'There is no such API key.');
  }
}
