import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Cart1700000000041 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA cart;

      -- The customer is the key: a second cart is impossible.
      CREATE TABLE cart.carts (
        customer_id    uuid PRIMARY KEY,
        version        integer NOT NULL,
        updated_at     timestamptz NOT NULL
      ) WITH (fillfactor = 80);

      CREATE TABLE cart.lines (
        customer_id    uuid NOT NULL REFERENCES cart.carts (customer_id),
        product_id     uuid NOT NULL,
        quantity       integer NOT NULL CONSTRAINT lines_quantity_positive CHECK (quantity > 0),
        position       integer NOT NULL,
        PRIMARY KEY (customer_id, product_id)
      ) WITH (fillfactor = 80);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cart.lines, cart.carts; DROP SCHEMA cart');
  }
}
