import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AccountRecovery1700000000132 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA account_recovery;

      -- No address and no token, and for an unknown address a row like any other.
      CREATE TABLE account_recovery.recoveries (
        id            uuid PRIMARY KEY,
        purpose       text NOT NULL CONSTRAINT recoveries_purpose
                        CHECK (purpose IN ('password-reset', 'email-verification')),
        customer_id   uuid NOT NULL,
        -- SHA-256 in hex, separated by commas: one for each attempt to send.
        token_hashes  text NOT NULL CONSTRAINT recoveries_tokens_hashed
                        CHECK (token_hashes ~ '^([0-9a-f]{64}(,[0-9a-f]{64})*)?$'),
        version       integer NOT NULL,
        requested_at  timestamptz NOT NULL,
        updated_at    timestamptz NOT NULL,
        expires_at    timestamptz NOT NULL,
        CONSTRAINT recoveries_one_of_each UNIQUE (customer_id, purpose)
      );
      CREATE INDEX recoveries_by_expiry ON account_recovery.recoveries (expires_at);

      -- The requests of the last hour, which the limits count.
      CREATE TABLE account_recovery.counted_requests (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        purpose         text NOT NULL,
        customer_id     uuid NOT NULL,
        client_address  text,
        requested_at    timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX counted_of_customer ON account_recovery.counted_requests (customer_id, requested_at);
      CREATE INDEX counted_of_client ON account_recovery.counted_requests (client_address, requested_at);
      CREATE INDEX counted_by_time ON account_recovery.counted_requests (requested_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE account_recovery.recoveries, account_recovery.counted_requests; DROP SCHEMA account_recovery`);
  }
}
