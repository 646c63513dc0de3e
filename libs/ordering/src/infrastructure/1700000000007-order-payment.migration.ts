import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What payments tell of an order, what was given back, and how the orders that nobody pays for are found. */
export class OrderPayment1700000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ordering.orders
        ADD payment_status    text CONSTRAINT orders_payment_status CHECK (payment_status IN
                                ('pending', 'captured', 'failed', 'canceled', 'partially_refunded', 'refunded')),
        ADD payment_provider  text,
        ADD client_secret     text,
        ADD refunded          numeric(12,2) NOT NULL DEFAULT 0
                              CONSTRAINT orders_refunded_at_most_total CHECK (refunded BETWEEN 0 AND total),
        -- Refunded without its goods coming back: only then does a canceled order keep its stock.
        ADD stock_kept        boolean NOT NULL DEFAULT false
                              CONSTRAINT orders_stock_kept CHECK (status = 'canceled' OR NOT stock_kept);
      CREATE INDEX orders_unpaid ON ordering.orders (placed_at) WHERE status IN ('reserved', 'payment_pending');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX ordering.orders_unpaid;
      ALTER TABLE ordering.orders DROP payment_status, DROP payment_provider, DROP client_secret, DROP refunded,
        DROP stock_kept;
    `);
  }
}
