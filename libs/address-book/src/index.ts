// Owns: the addresses of customers (schema `address_book`).
// Exposes: AddressBooks.
// Emits: nothing.
// Reacts to: identity.account-closed, which erases the book.
// Promises: a book with addresses has exactly one default, and at most 50 addresses.
import { AddressBook1700000000101 } from './infrastructure/1700000000101-address-book.migration';
import { addressBookSchemas } from './infrastructure/address-book.schema';

export { AddressBookApiModule, AddressBookModule } from './address-book.module';
export { AddressBooks } from './application/address-book.service';
export const addressBookPersistence = { entities: addressBookSchemas, migrations: [AddressBook1700000000101] };
