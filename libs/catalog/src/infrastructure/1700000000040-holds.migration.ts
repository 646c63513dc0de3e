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
