import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails about an account, which belong to a customer and to no order. */
export class AccountMessages1700000000133 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(allow(`${OTHERS}, ${ACCOUNT}`, `CASE WHEN occasion IN (${ACCOUNT}) THEN 1 ELSE 0 END`));
  }

  async down(runner: QueryRunner): Promise<void> {
    // The older code has no text for them.
    await runner.query(`DELETE FROM notifications.messages WHERE occasion IN (${ACCOUNT})`);
    await runner.query(allow(OTHERS, '0'));
  }
}

const ACCOUNT = `'password-reset', 'email-verification'`;
const OPERATIONS = `'alerts', 'low-stock'`;
const OTHERS = `'placed', 'paid', 'canceled', 'refunded', 'shipped', 'return-requested', 'return-received',
  'return-rejected', ${OPERATIONS}`;

const allow = (occasions: string, nulls: string): string => `
  ALTER TABLE notifications.messages
    DROP CONSTRAINT messages_occasion, ADD CONSTRAINT messages_occasion CHECK (occasion IN (${occasions})),
    DROP CONSTRAINT messages_recipient, ADD CONSTRAINT messages_recipient
      CHECK (num_nulls(order_id, customer_id) = CASE WHEN occasion IN (${OPERATIONS}) THEN 2 ELSE ${nulls} END)`;
