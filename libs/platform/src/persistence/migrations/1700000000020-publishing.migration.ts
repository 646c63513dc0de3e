import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What publishing needs to know of each event, and who does it. */
export class Publishing1700000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE platform.outbox
        -- The event whose handling recorded this one.
        ADD causation_id  uuid,
        -- When the broker had it, and when the subscribers' deliveries were made: each goes its own way, and neither
        -- waits for the handlers.
        ADD published_at  timestamptz,
        ADD announced_at  timestamptz;
      CREATE INDEX outbox_unpublished ON platform.outbox (sequence) WHERE published_at IS NULL;
      CREATE INDEX outbox_unannounced ON platform.outbox (sequence) WHERE announced_at IS NULL;

      -- What only one process does at a time, and which one.
      CREATE TABLE platform.leases (
        name        text PRIMARY KEY,
        holder      uuid NOT NULL,
        held_until  timestamptz NOT NULL
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE platform.leases;
      ALTER TABLE platform.outbox DROP causation_id, DROP published_at, DROP announced_at;
    `);
  }
}
