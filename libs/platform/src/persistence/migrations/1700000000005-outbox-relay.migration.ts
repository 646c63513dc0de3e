import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the relay needs to know of each event, and which handler has had its effect. */
export class OutboxRelay1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE platform.outbox
        ADD status           text NOT NULL DEFAULT 'pending'
                             CONSTRAINT outbox_status CHECK (status IN ('pending', 'sent', 'dead', 'discarded')),
        -- Counted when an attempt begins: one that takes the worker down with it counts too.
        ADD attempts         integer NOT NULL DEFAULT 0,
        ADD next_attempt_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        ADD claimed_until    timestamptz,
        ADD sent_at          timestamptz,
        ADD last_error       text,
        ADD CONSTRAINT outbox_sent CHECK ((status = 'sent') = (sent_at IS NOT NULL));

      -- Both hold only what is not done yet, so they stay small however long the log grows.
      CREATE INDEX outbox_due ON platform.outbox (sequence) WHERE status = 'pending';
      CREATE INDEX outbox_undone_of_aggregate ON platform.outbox (aggregate_id, sequence) WHERE status IN ('pending', 'dead');
      CREATE INDEX outbox_dead ON platform.outbox (sequence) WHERE status = 'dead';

      CREATE TABLE platform.handled_events (
        handler     text NOT NULL,
        event_id    uuid NOT NULL,
        handled_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (event_id, handler)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE platform.handled_events;
      ALTER TABLE platform.outbox DROP status, DROP attempts, DROP next_attempt_at, DROP claimed_until, DROP sent_at, DROP last_error;
    `);
  }
}
