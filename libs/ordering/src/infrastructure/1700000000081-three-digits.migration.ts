import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Room for the three digits of KWD and its like. */
export class OrderDigits1700000000081 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(typed('numeric(13,3)'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(typed('numeric(12,2)'));
  }
}

const typed = (type: string): string => `
  ALTER TABLE ordering.orders ALTER total TYPE ${type}, ALTER refunded TYPE ${type};
  ALTER TABLE ordering.order_lines ALTER unit_price TYPE ${type};`;
