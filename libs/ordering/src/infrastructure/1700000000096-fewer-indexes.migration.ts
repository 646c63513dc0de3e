import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One index of order lines serves both the rule of one line a product and the search by product. Overdue orders are
 * found by their payments, so nothing reads unpaid orders by their age any longer.
 */
export class FewerOrderIndexes1700000000096 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      'DROP INDEX CONCURRENTLY IF EXISTS ordering.order_lines_of_product',
      'CREATE UNIQUE INDEX CONCURRENTLY order_lines_of_product ON ordering.order_lines (product_id, order_id)',
      `ALTER TABLE ordering.order_lines DROP CONSTRAINT IF EXISTS order_lines_one_per_product,
         ADD CONSTRAINT order_lines_one_per_product UNIQUE USING INDEX order_lines_of_product`,
      'DROP INDEX CONCURRENTLY IF EXISTS ordering.order_lines_by_product',
      'DROP INDEX CONCURRENTLY IF EXISTS ordering.orders_unpaid',
    ])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ordering.order_lines DROP CONSTRAINT order_lines_one_per_product,
        ADD CONSTRAINT order_lines_one_per_product UNIQUE (order_id, product_id);
      CREATE INDEX order_lines_by_product ON ordering.order_lines (product_id, order_id);
      CREATE INDEX orders_unpaid ON ordering.orders (placed_at) WHERE status IN ('reserved', 'payment_pending');
    `);
  }
}
