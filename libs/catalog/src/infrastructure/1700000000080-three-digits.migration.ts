import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Room for the three digits of KWD and its like. */
export class PriceDigits1700000000080 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE catalog.products ALTER price TYPE numeric(13,3)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE catalog.products ALTER price TYPE numeric(12,2)');
  }
}
