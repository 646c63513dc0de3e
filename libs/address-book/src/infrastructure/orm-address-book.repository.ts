import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Clock } from '@holdfast/shared-kernel';
import { AddressBook } from '../domain/address-book';
import { AddressBookRepository } from '../domain/address-book.repository';

@Injectable()
export class OrmAddressBookRepository extends AddressBookRepository {
  constructor(private readonly clock: Clock) {
    super();
  }

  /** An advisory lock on the customer makes twins wait: the second finds the book that the first opened. */
  async lock(customerId: string): Promise<AddressBook> {
    const unit = currentUnit();
    await unit.statement(`SELECT pg_advisory_xact_lock(hashtextextended('address-book ' || $1, 0))`, [customerId]);
    const known = await unit.lock(AddressBook, customerId);
    if (known) return known;
    const book = AddressBook.open(customerId, this.clock.now());
    unit.add(book);
    return book;
  }

  async erase(customerId: string): Promise<void> {
    await currentUnit().statement(
      `WITH erased AS (DELETE FROM address_book.addresses WHERE customer_id = $1)
       DELETE FROM address_book.books WHERE customer_id = $1`,
      [customerId],
    );
  }
}
