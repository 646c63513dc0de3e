import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages about parcels and returns. */
export class Deliveries1700000000113 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(allow(`'shipped', 'return-requested', 'return-received', 'return-rejected'`));
  }

  async down(runner: QueryRunner): Promise<void> {
    // The older code has no text for them.
    await runner.query(`
      DELETE FROM notifications.messages WHERE occasion NOT IN ('placed', 'paid', 'canceled', 'refunded')`);
    await runner.query(allow());
  }
}

const allow = (...more: string[]): string => `
  ALTER TABLE notifications.messages DROP CONSTRAINT messages_occasion, ADD CONSTRAINT messages_occasion
    CHECK (occasion IN (${["'placed', 'paid', 'canceled', 'refunded'", ...more].join(', ')}))`;
