import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Customers, and the sessions of their log-ins. */
export class Identity1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA identity;

      CREATE TABLE identity.customers (
        id             uuid PRIMARY KEY,
        username       text NOT NULL CONSTRAINT customers_username_length CHECK (length(username) BETWEEN 2 AND 64),
        -- The folded forms (trimmed, NFKC, case-folded by the service) decide uniqueness and are what log-in looks up.
        username_key   text NOT NULL CONSTRAINT customers_username_key UNIQUE,
        email          text NOT NULL CONSTRAINT customers_email_length CHECK (length(email) BETWEEN 3 AND 254),
        email_key      text NOT NULL CONSTRAINT customers_email_key UNIQUE,
        -- Nothing but a hash ever gets in, by whatever way.
        password_hash  text NOT NULL CONSTRAINT customers_password_hashed CHECK (password_hash LIKE '$argon2id$%'),
        role           text NOT NULL CONSTRAINT customers_role CHECK (role IN ('customer', 'admin')),
        active         boolean NOT NULL,
        version        integer NOT NULL,
        created_at     timestamptz NOT NULL,
        updated_at     timestamptz NOT NULL,
        -- A closed account keeps the row, without personal data, because orders point to it.
        closed_at      timestamptz,
        CONSTRAINT customers_closed_not_active CHECK (closed_at IS NULL OR NOT active)
      );
      -- The service's folding cannot be bypassed by raw SQL in another case.
      CREATE UNIQUE INDEX customers_username_lower ON identity.customers (lower(username));
      CREATE UNIQUE INDEX customers_email_lower ON identity.customers (lower(email));
      CREATE INDEX customers_by_creation ON identity.customers (created_at, id) WHERE closed_at IS NULL;
      CREATE INDEX customers_active_admins ON identity.customers (id) WHERE role = 'admin' AND active;

      -- One row a log-in, whatever the number of refreshes: a token of the session that is not the current one was used before.
      CREATE TABLE identity.sessions (
        id                uuid PRIMARY KEY,
        customer_id       uuid NOT NULL REFERENCES identity.customers (id),
        current_token_id  uuid NOT NULL,
        version           integer NOT NULL,
        opened_at         timestamptz NOT NULL,
        updated_at        timestamptz NOT NULL,
        expires_at        timestamptz NOT NULL,
        ended_at          timestamptz
      );
      CREATE INDEX sessions_of_customer ON identity.sessions (customer_id) WHERE ended_at IS NULL;
      CREATE INDEX sessions_by_expiry ON identity.sessions (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE identity.sessions, identity.customers; DROP SCHEMA identity');
  }
}
