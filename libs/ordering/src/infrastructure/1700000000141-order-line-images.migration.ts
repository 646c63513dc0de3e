import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first image of the product at the time of the order, `{url, alt}`. */
export class OrderLineImages1700000000141 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ordering.order_lines ADD image jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ordering.order_lines DROP image');
  }
}
