import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails to operations: what they report, and when the last one of each kind was recorded. */
export class Operations1700000000115 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE notifications.messages
        ALTER order_id DROP NOT NULL,
        ALTER customer_id DROP NOT NULL,
        DROP CONSTRAINT messages_occasion,
        ADD CONSTRAINT messages_occasion CHECK (occasion IN (${CUSTOMERS}, ${OPERATIONS})),
        -- A message to operations is about no single order, and reaches no customer.
        ADD CONSTRAINT messages_recipient
          CHECK (num_nulls(order_id, customer_id) = CASE WHEN occasion IN (${OPERATIONS}) THEN 2 ELSE 0 END);

      CREATE TABLE notifications.alerts (
        event_id     uuid NOT NULL,
        kind         text NOT NULL CONSTRAINT alerts_kind CHECK (kind IN ('dead-letter', 'refund-failed')),
        facts        jsonb NOT NULL,
        -- The event_id of the message that reports it; null until there is one.
        reported_in  uuid,
        PRIMARY KEY (event_id, kind)
      );
      CREATE INDEX alerts_waiting ON notifications.alerts (event_id) WHERE reported_in IS NULL;

      -- A row is locked by the only process that makes a report of its kind.
      CREATE TABLE notifications.reports (
        kind         text PRIMARY KEY CONSTRAINT reports_kind CHECK (kind IN (${OPERATIONS})),
        reported_at  timestamptz NOT NULL
      );
      INSERT INTO notifications.reports VALUES ('alerts', '-infinity'), ('low-stock', '-infinity');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE notifications.reports, notifications.alerts;
      DELETE FROM notifications.messages WHERE occasion IN (${OPERATIONS});
      ALTER TABLE notifications.messages
        DROP CONSTRAINT messages_recipient,
        DROP CONSTRAINT messages_occasion,
        ADD CONSTRAINT messages_occasion CHECK (occasion IN (${CUSTOMERS})),
        ALTER customer_id SET NOT NULL,
        ALTER order_id SET NOT NULL;
    `);
  }
}

const OPERATIONS = `'alerts', 'low-stock'`;
const CUSTOMERS = `'placed', 'paid', 'canceled', 'refunded',
  'shipped', 'return-requested', 'return-received', 'return-rejected'`;
