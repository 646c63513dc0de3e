import { DomainError } from '@holdfast/shared-kernel';

export class ResetTokenInvalid extends DomainError {
  constructor() {
    const message = 'This link to reset a password was used, replaced by a newer one, or has expired: ask for another.';
    super('reset-token-invalid', 'invalid', message);
  }
}

export class VerificationTokenInvalid extends DomainError {
  constructor() {
    const message =
      'This link to verify an address was used, replaced by a newer one, or has expired: ask for another.';
    super('verification-token-invalid', 'invalid', message);
  }
}
