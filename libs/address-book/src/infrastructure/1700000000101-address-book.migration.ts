import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddressBook1700000000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA address_book;

      -- The default stands here: a book with two is impossible.
      CREATE TABLE address_book.books (
        customer_id  uuid PRIMARY KEY,
        default_id   uuid,
        version      integer NOT NULL,
        updated_at   timestamptz NOT NULL
      );

      CREATE TABLE address_book.addresses (
        id           uuid PRIMARY KEY,
        customer_id  uuid NOT NULL REFERENCES address_book.books (customer_id),
        name         text NOT NULL,
        line1        text NOT NULL,
        line2        text,
        city         text NOT NULL,
        region       text,
        postal_code  text NOT NULL,
        country      text NOT NULL CONSTRAINT addresses_country CHECK (country ~ '^[A-Z]{2}$'),
        phone        text
      );
      CREATE INDEX addresses_of_customer ON address_book.addresses (customer_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE address_book.addresses, address_book.books; DROP SCHEMA address_book');
  }
}
