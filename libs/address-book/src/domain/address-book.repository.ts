import type { AddressBook } from './address-book';

/** Address books of the open unit of work. Each book is locked until the unit ends. */
export abstract class AddressBookRepository {
  /** Locks the book of a customer, and opens an empty one for a customer without one. */
  abstract lock(customerId: string): Promise<AddressBook>;
  /** Deletes the book and its addresses. */
  abstract erase(customerId: string): Promise<void>;
}
