import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the customer's bank disputes the payment of an order, and the page on which the customer approves it. */
export class OrderDisputes1700000000092 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE ordering.orders ADD disputed boolean NOT NULL DEFAULT false, ADD approval_url text',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ordering.orders DROP disputed, DROP approval_url');
  }
}
