import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether an e-mail address is verified, and the address that is to replace it. */
export class VerifiedEmails1700000000131 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE identity.customers
        ADD email_verified  boolean NOT NULL DEFAULT false,
        -- Not unique: it reserves nothing until it is verified.
        ADD pending_email   text CONSTRAINT customers_pending_email_length
                              CHECK (length(pending_email) BETWEEN 3 AND 254),
        ADD CONSTRAINT customers_closed_not_pending CHECK (closed_at IS NULL OR pending_email IS NULL);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE identity.customers DROP email_verified, DROP pending_email');
  }
}
