import { DomainError } from '@holdfast/shared-kernel';

export class AddressNotFound extends DomainError {
  constructor() {
    super('address-not-found', 'not-found', 'You have no address with this id.');
  }
}

export class AddressBookFull extends DomainError {
  constructor(limit: number) {
    super('address-limit', 'conflict', `An address book has at most ${limit} addresses: remove one first.`, { limit });
  }
}
