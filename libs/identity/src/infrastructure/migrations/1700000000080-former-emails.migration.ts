import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses that accounts had before a change, kept until the notices of that change have been sent. */
export class FormerEmails1700000000080 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE identity.former_emails (
        customer_id  uuid NOT NULL REFERENCES identity.customers (id),
        -- The account's version after the change: the address belonged to all versions before it.
        version      integer NOT NULL,
        email        text NOT NULL,
        changed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (customer_id, version)
      );
      CREATE INDEX former_emails_by_change ON identity.former_emails (changed_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE identity.former_emails');
  }
}
