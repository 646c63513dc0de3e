import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The outbox is read as a log too: all events of one aggregate, delivered or not. */
export class EventLog1700000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX outbox_of_aggregate ON platform.outbox (aggregate_id, sequence)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX platform.outbox_of_aggregate');
  }
}
