import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The API keys of machines. */
export class ApiKeys1700000000060 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE identity.api_keys (
        id            uuid PRIMARY KEY,
        name          text NOT NULL CONSTRAINT api_keys_name_length CHECK (length(name) BETWEEN 1 AND 100),
        -- Separated by commas.
        scopes        text NOT NULL CONSTRAINT api_keys_scopes CHECK (scopes <> ''),
        -- Nothing but a SHA-256 ever gets in, by whatever way.
        secret_hash   text NOT NULL CONSTRAINT api_keys_secret_hashed CHECK (secret_hash ~ '^[0-9a-f]{64}$'),
        created_by    uuid NOT NULL REFERENCES identity.customers (id),
        version       integer NOT NULL,
        created_at    timestamptz NOT NULL,
        updated_at    timestamptz NOT NULL,
        expires_at    timestamptz,
        revoked_at    timestamptz,
        last_used_at  timestamptz
      );
      CREATE INDEX api_keys_by_creation ON identity.api_keys (created_at, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE identity.api_keys');
  }
}
