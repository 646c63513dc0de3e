import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts what each customer has not paid, in the row that is locked before more is ordered or held. */
export class UnpaidOrders1700000000093 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ordering.unpaid_orders (
        customer_id    uuid PRIMARY KEY,
        orders         integer NOT NULL DEFAULT 0 CONSTRAINT unpaid_orders_not_negative CHECK (orders >= 0),
        units          bigint NOT NULL DEFAULT 0 CONSTRAINT unpaid_orders_units CHECK (units >= orders)
      ) WITH (fillfactor = 50);
      INSERT INTO ordering.unpaid_orders (customer_id, orders, units)
        SELECT customer_id, count(*), sum(units) FROM ordering.orders
        CROSS JOIN LATERAL (SELECT sum(quantity) AS units FROM ordering.order_lines WHERE order_id = orders.id) lines
        WHERE status IN ('reserved', 'payment_pending') GROUP BY customer_id;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ordering.unpaid_orders');
  }
}
