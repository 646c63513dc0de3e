import { Injectable } from '@nestjs/common';
import type { AccountClosed } from '@holdfast/contracts';
import { OnEvent } from '@holdfast/platform';
import { AddressBooks } from './address-book.service';

/** The events that the address book reacts to. */
@Injectable()
export class AddressBookEventHandlers {
  constructor(private readonly books: AddressBooks) {}

  @OnEvent('identity.account-closed')
  async erase({ customerId }: AccountClosed): Promise<void> {
    await this.books.erase(customerId);
  }
}
