import { column, mapAggregate } from '@holdfast/platform';
import { AddressBook, BookedAddress } from '../domain/address-book';

const { id, integer, text, timestamp, uuid } = column;

export const addressBookSchemas = mapAggregate(AddressBook, {
  table: 'address_book.books',
  columns: {
    id: { ...uuid('customer_id'), primary: true },
    defaultId: uuid('default_id', true),
    version: integer('version'),
    updatedAt: timestamp('updated_at'),
  },
  children: [
    {
      property: 'addresses',
      target: BookedAddress,
      parentId: 'customerId',
      loaded: true,
      table: 'address_book.addresses',
      columns: {
        id,
        customerId: uuid('customer_id'),
        name: text('name'),
        line1: text('line1'),
        line2: text('line2', true),
        city: text('city'),
        region: text('region', true),
        postalCode: text('postal_code'),
        country: text('country'),
        phone: text('phone', true),
      },
    },
  ],
});
