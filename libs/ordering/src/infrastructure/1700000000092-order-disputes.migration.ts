import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the customer's bank disputes the payment of an order. */
export class OrderDisputes1700000000092 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ordering.orders ADD disputed boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ordering.orders DROP disputed');
  }
}
