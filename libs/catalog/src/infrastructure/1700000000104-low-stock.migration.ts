import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the products that have a threshold. The stock is in no index, so that selling stays cheap. */
export class LowStock1700000000104 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX products_with_threshold ON catalog.products (id) WHERE low_stock_threshold IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX catalog.products_with_threshold');
  }
}
