import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Endpoints of subscribers, and what was sent to them. */
export class Webhooks1700000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA webhooks;

      CREATE TABLE webhooks.endpoints (
        id                       uuid PRIMARY KEY,
        url                      text NOT NULL CONSTRAINT endpoints_url CHECK (url ~ '^https?://' AND length(url) <= 2048),
        description              text,
        -- Separated by commas; empty for all.
        event_types              text NOT NULL,
        active                   boolean NOT NULL,
        disabled_because         text,
        -- Encrypted, by whatever way they get in.
        secret                   text NOT NULL CONSTRAINT endpoints_secret_sealed CHECK (secret NOT LIKE 'whsec%'),
        previous_secret          text CONSTRAINT endpoints_previous_secret_sealed CHECK (previous_secret NOT LIKE 'whsec%'),
        previous_secret_ends_at  timestamptz,
        version                  integer NOT NULL,
        created_at               timestamptz NOT NULL,
        updated_at               timestamptz NOT NULL,
        CONSTRAINT endpoints_disabled CHECK (active = (disabled_because IS NULL)),
        CONSTRAINT endpoints_previous_ends CHECK ((previous_secret IS NULL) = (previous_secret_ends_at IS NULL))
      );
      CREATE INDEX endpoints_by_creation ON webhooks.endpoints (created_at, id);

      CREATE TABLE webhooks.deliveries (
        endpoint_id      uuid NOT NULL REFERENCES webhooks.endpoints (id) ON DELETE CASCADE,
        event_id         uuid NOT NULL,
        event_type       text NOT NULL,
        aggregate_id     uuid NOT NULL,
        -- The event's in the log: rises per aggregate.
        sequence         bigint NOT NULL,
        -- The bytes that are signed.
        body             text NOT NULL,
        request_id       uuid,
        traceparent      text,
        status           text NOT NULL DEFAULT 'pending'
                         CONSTRAINT deliveries_status CHECK (status IN ('pending', 'sent', 'dead')),
        -- Counted when an attempt begins: one that takes the worker down with it counts too.
        attempts         integer NOT NULL DEFAULT 0,
        next_attempt_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        claimed_until    timestamptz,
        sent_at          timestamptz,
        response_status  integer,
        last_error       text,
        created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (endpoint_id, event_id),
        CONSTRAINT deliveries_sent CHECK ((status = 'sent') = (sent_at IS NOT NULL))
      );
      CREATE INDEX deliveries_log ON webhooks.deliveries (endpoint_id, sequence, event_id);
      -- Both hold only what is not done yet, so they stay small however long the log grows.
      CREATE INDEX deliveries_due ON webhooks.deliveries (endpoint_id, sequence) WHERE status = 'pending';
      CREATE INDEX deliveries_pending_of_aggregate ON webhooks.deliveries (endpoint_id, aggregate_id, sequence)
        WHERE status = 'pending';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE webhooks.deliveries, webhooks.endpoints; DROP SCHEMA webhooks');
  }
}
