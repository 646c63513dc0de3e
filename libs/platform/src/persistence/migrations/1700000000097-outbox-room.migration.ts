import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Leaves room in the outbox's pages: a claim then changes its event in place, and writes to no index. */
export class OutboxRoom1700000000097 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE platform.outbox SET (fillfactor = 50)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE platform.outbox RESET (fillfactor)');
  }
}
