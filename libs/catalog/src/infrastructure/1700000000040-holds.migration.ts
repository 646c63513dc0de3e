import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Promises on stock, and how many units one customer may have of a product. */
export class Holds1700000000040 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.products
        ADD unit_limit integer CONSTRAINT products_unit_limit_positive CHECK (unit_limit > 0);

      CREATE TABLE catalog.holds (
        product_id     uuid NOT NULL REFERENCES catalog.products (id),
        -- A customer. One hold for each product, so that renewing it is never a second promise.
        owner_id       uuid NOT NULL,
        quantity       integer NOT NULL CONSTRAINT holds_quantity_positive CHECK (quantity > 0),
        -- To the millisecond, as the service reads and writes it.
        expires_at     timestamptz(3) NOT NULL,
        PRIMARY KEY (product_id, owner_id)
      ) WITH (fillfactor = 80);
      CREATE INDEX holds_by_expiry ON catalog.holds (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE catalog.holds; ALTER TABLE catalog.products DROP unit_limit');
  }
}

/**
 * A hold is renewed with every change of its cart, far more often than it is looked for by its end: in no index, with
 * room in its page, that is a heap-only (HOT) update. Otherwise each renewal left a dead row and two dead index
 * entries, which every sum of the product's holds read until the next vacuum. The sweep reads the table: it has what
 * lies in carts now.
 */
export class HoldRenewals1700000000071 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX catalog.holds_by_expiry; ALTER TABLE catalog.holds SET (fillfactor = 50)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.holds SET (fillfactor = 80);
      CREATE INDEX holds_by_expiry ON catalog.holds (expires_at);
    `);
  }
}
