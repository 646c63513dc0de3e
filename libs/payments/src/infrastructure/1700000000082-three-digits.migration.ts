import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Room for the three digits of KWD and its like. */
export class PaymentDigits1700000000082 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(typed('numeric(13,3)'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(typed('numeric(12,2)'));
  }
}

const typed = (type: string): string => `
  ALTER TABLE payments.payments ALTER amount TYPE ${type};
  ALTER TABLE payments.attempts ALTER captured TYPE ${type}, ALTER refunded TYPE ${type};
  ALTER TABLE payments.refunds ALTER amount TYPE ${type};`;
