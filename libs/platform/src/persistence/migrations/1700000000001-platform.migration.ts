import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The outbox and the idempotency keys: both are written in the transaction of the use case they speak of. */
export class Platform1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA platform;

      CREATE TABLE platform.outbox (
        id             uuid PRIMARY KEY,
        -- Taken while the aggregate's row is locked, so it rises per aggregate in commit order.
        sequence       bigint GENERATED ALWAYS AS IDENTITY,
        type           text NOT NULL,
        aggregate_id   uuid NOT NULL,
        payload        jsonb NOT NULL,
        request_id     uuid,
        traceparent    text,
        occurred_at    timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      CREATE TABLE platform.idempotency_keys (
        customer_id    uuid NOT NULL,
        operation      text NOT NULL,
        key            text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
        fingerprint    text NOT NULL,
        -- json, not jsonb: the answer is replayed byte for byte. Null only inside the transaction that claims the key.
        response       json,
        expires_at     timestamptz NOT NULL,
        PRIMARY KEY (customer_id, operation, key)
      ) WITH (fillfactor = 80);
      CREATE INDEX idempotency_keys_expiry ON platform.idempotency_keys (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE platform.idempotency_keys, platform.outbox; DROP SCHEMA platform');
  }
}
