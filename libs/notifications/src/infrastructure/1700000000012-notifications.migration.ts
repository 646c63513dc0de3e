import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notifications1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA notifications;

      -- Neither an address nor a name: whom it reaches is asked of identity when it is sent.
      CREATE TABLE notifications.messages (
        id             uuid PRIMARY KEY,
        event_id       uuid NOT NULL,
        channel        text NOT NULL CONSTRAINT messages_channel CHECK (channel IN ('email', 'sms')),
        occasion       text NOT NULL CONSTRAINT messages_occasion
                         CHECK (occasion IN ('placed', 'paid', 'canceled', 'refunded')),
        order_id       uuid NOT NULL,
        customer_id    uuid NOT NULL,
        facts          jsonb NOT NULL,
        status         text NOT NULL CONSTRAINT messages_status CHECK (status IN ('recorded', 'sent', 'dropped')),
        version        integer NOT NULL,
        recorded_at    timestamptz NOT NULL,
        updated_at     timestamptz NOT NULL,
        CONSTRAINT messages_one_per_event UNIQUE (event_id, channel)
      ) WITH (fillfactor = 80);
      CREATE INDEX messages_first_of_order ON notifications.messages (order_id) WHERE occasion = 'placed';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notifications.messages; DROP SCHEMA notifications');
  }
}
