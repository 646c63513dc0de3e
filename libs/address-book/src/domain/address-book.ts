import { type Address, AggregateRoot, assign, copyOfAddress, newId } from '@holdfast/shared-kernel';
import { AddressBookFull, AddressNotFound } from './address-book.errors';

export const MOST_ADDRESSES = 50;

/** One address of a customer. Only the book changes it. */
export class BookedAddress implements Address {
  readonly id!: string;
  readonly customerId!: string;
  readonly name!: string;
  readonly line1!: string;
  readonly line2!: string | undefined;
  readonly city!: string;
  readonly region!: string | undefined;
  readonly postalCode!: string;
  readonly country!: string;
  readonly phone!: string | undefined;

  static of(customerId: string, address: Address): BookedAddress {
    const booked = new BookedAddress();
    assign<BookedAddress>(booked, { id: newId(), customerId });
    booked.become(address);
    return booked;
  }

  become(address: Address): void {
    const none = { line2: undefined, region: undefined, phone: undefined };
    assign<BookedAddress>(this, { ...none, ...copyOfAddress(address) });
  }
}

/**
 * opened by the first address → filled ⇄ empty; erased with the account.
 *
 * - A customer has one book, whose row is locked before a change: at most 50 addresses, however many calls run.
 * - The default is a field of the book, so a filled book has exactly one: the first address until another is chosen.
 * - Without the default, the address that was added first of the rest takes its place.
 */
export class AddressBook extends AggregateRoot {
  readonly defaultId: string | null = null;
  private addresses: BookedAddress[] = [];

  private constructor() {
    super();
  }

  static open(customerId: string, at: Date): AddressBook {
    const book = new AddressBook();
    // The customer's id is the book's.
    assign<AddressBook>(book, { id: customerId, updatedAt: at });
    return book;
  }

  /** In the order in which they were added: ids rise with time. */
  get entries(): readonly BookedAddress[] {
    return [...this.addresses].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Throws AddressBookFull. */
  add(address: Address, asDefault: boolean, at: Date): BookedAddress {
    if (this.addresses.length >= MOST_ADDRESSES) throw new AddressBookFull(MOST_ADDRESSES);
    const added = BookedAddress.of(this.id, address);
    this.addresses.push(added);
    if (asDefault || this.defaultId === null) assign<AddressBook>(this, { defaultId: added.id });
    this.changed(at);
    return added;
  }

  /** Throws AddressNotFound. */
  replace(id: string, address: Address, asDefault: boolean, at: Date): BookedAddress {
    const booked = this.get(id);
    booked.become(address);
    if (asDefault) assign<AddressBook>(this, { defaultId: id });
    this.changed(at);
    return booked;
  }

  /** Throws AddressNotFound. */
  remove(id: string, at: Date): void {
    const removed = this.get(id);
    this.addresses = this.addresses.filter((address) => address !== removed);
    if (this.defaultId === id) assign<AddressBook>(this, { defaultId: this.entries.at(0)?.id ?? null });
    this.changed(at);
  }

  private get(id: string): BookedAddress {
    const booked = this.addresses.find((address) => address.id === id);
    if (!booked) throw new AddressNotFound();
    return booked;
  }
}
