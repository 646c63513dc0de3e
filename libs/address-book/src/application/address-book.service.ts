import { Injectable } from '@nestjs/common';
import { type Address, Clock, copyOfAddress } from '@holdfast/shared-kernel';
import { Reads, UnitOfWork } from '@holdfast/platform';
import type { BookedAddress } from '../domain/address-book';
import { AddressBookRepository } from '../domain/address-book.repository';

export interface SaveAddress extends Address {
  /** Makes it the default. Anything but true leaves the default as it is. */
  isDefault?: boolean;
}

export interface AddressView extends Address {
  id: string;
  isDefault: boolean;
}

type AddressRow = { [Field in keyof Address]-?: Address[Field] | null } & { id: string; isDefault: boolean };

const COLUMNS = `a.id, a.name, a.line1, a.line2, a.city, a.region, a.postal_code AS "postalCode", a.country, a.phone,
  a.id = b.default_id AS "isDefault"`;
const BOOKED = 'address_book.addresses a JOIN address_book.books b ON b.customer_id = a.customer_id';

/** The addresses of customers, each of whom sees only their own. Locks the customer's book. */
@Injectable()
export class AddressBooks {
  constructor(
    private readonly books: AddressBookRepository,
    private readonly reads: Reads,
    private readonly clock: Clock,
  ) {}

  /** The address that was added first comes first. */
  async list(customerId: string): Promise<AddressView[]> {
    const sql = `SELECT ${COLUMNS} FROM ${BOOKED} WHERE a.customer_id = $1 ORDER BY a.id`;
    return (await this.reads.query<AddressRow>(sql, [customerId])).map(viewOf);
  }

  /** Undefined for an id that is unknown, or another customer's. */
  async find(customerId: string, id: string): Promise<Address | undefined> {
    const sql = `SELECT ${COLUMNS} FROM ${BOOKED} WHERE a.customer_id = $1 AND a.id = $2`;
    const [row] = await this.reads.query<AddressRow>(sql, [customerId, id]);
    return row && copyOfAddress(row);
  }

  /** Throws AddressBookFull. */
  @UnitOfWork()
  async add(customerId: string, { isDefault = false, ...address }: SaveAddress): Promise<AddressView> {
    const book = await this.books.lock(customerId);
    return viewIn(book, book.add(address, isDefault, this.clock.now()));
  }

  /** Throws AddressNotFound. */
  @UnitOfWork()
  async replace(customerId: string, id: string, { isDefault = false, ...address }: SaveAddress): Promise<AddressView> {
    const book = await this.books.lock(customerId);
    return viewIn(book, book.replace(id, address, isDefault, this.clock.now()));
  }

  /** Throws AddressNotFound. */
  @UnitOfWork()
  async remove(customerId: string, id: string): Promise<void> {
    const book = await this.books.lock(customerId);
    book.remove(id, this.clock.now());
  }

  @UnitOfWork()
  async erase(customerId: string): Promise<void> {
    await this.books.erase(customerId);
  }
}

const viewOf = (row: AddressRow): AddressView => ({
  id: row.id,
  ...copyOfAddress(row),
  isDefault: row.isDefault,
});

const viewIn = ({ defaultId }: { defaultId: string | null }, address: BookedAddress): AddressView => ({
  id: address.id,
  ...copyOfAddress(address),
  isDefault: address.id === defaultId,
});
