import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Three digits for KWD, the time to pay, inquiries at a provider, the life of a refund, and disputes. */
export class PaymentInquiries1700000000082 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(amounts('numeric(13,3)'));
    await runner.query(`
      ALTER TABLE payments.payments
        -- When the first provider took the payment on.
        ADD accepted_at       timestamptz,
        ADD checked_at        timestamptz,
        -- The next inquiry follows after PAYMENT_RECONCILE_AFTER times two to this power.
        ADD backoff           smallint NOT NULL DEFAULT 0,
        ADD dispute_status    text CONSTRAINT payments_dispute_status CHECK (dispute_status IN ('open', 'won', 'lost')),
        ADD dispute_reference text;
      UPDATE payments.payments SET checked_at = updated_at,
        accepted_at = CASE WHEN status = 'open' THEN NULL ELSE opened_at END;
      ALTER TABLE payments.payments ALTER checked_at SET DEFAULT clock_timestamp(), ALTER checked_at SET NOT NULL;
      DROP INDEX payments.payments_undecided;
      CREATE INDEX payments_undecided ON payments.payments (id) WHERE status IN ('open', 'pending');

      CREATE INDEX attempts_by_reference ON payments.attempts (reference);
      DROP INDEX payments.attempts_undecided;
      CREATE INDEX attempts_undecided ON payments.attempts (payment_id)
        WHERE status IN ('started', 'accepted', 'declined');

      ALTER TABLE payments.refunds
        ADD status      text NOT NULL DEFAULT 'requested' CONSTRAINT refunds_status
                          CHECK (status IN ('requested', 'pending', 'succeeded', 'failed')),
        -- The provider's own id.
        ADD reference   text,
        ADD failure     text,
        ADD retries     smallint NOT NULL DEFAULT 0,
        -- Begun at the provider and not by us.
        ADD is_foreign  boolean NOT NULL DEFAULT false;
      UPDATE payments.refunds SET status = 'succeeded' WHERE sent_at IS NOT NULL;
      ALTER TABLE payments.refunds
        ADD CONSTRAINT refunds_sent CHECK ((status = 'succeeded') = (sent_at IS NOT NULL));
      CREATE INDEX refunds_undecided ON payments.refunds (payment_id) WHERE status IN ('requested', 'pending');
      CREATE INDEX refunds_failed ON payments.refunds (id) WHERE status = 'failed';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX payments.refunds_failed, payments.refunds_undecided, payments.attempts_undecided,
        payments.attempts_by_reference, payments.payments_undecided;
      CREATE INDEX attempts_undecided ON payments.attempts (payment_id) WHERE status IN ('started', 'accepted');
      ALTER TABLE payments.refunds DROP status, DROP reference, DROP failure, DROP retries, DROP is_foreign;
      ALTER TABLE payments.payments DROP accepted_at, DROP checked_at, DROP backoff, DROP dispute_status,
        DROP dispute_reference;
      CREATE INDEX payments_undecided ON payments.payments (updated_at) WHERE status IN ('open', 'pending');
    `);
    await runner.query(amounts('numeric(12,2)'));
  }
}

const amounts = (type: string): string => `
  ALTER TABLE payments.payments ALTER amount TYPE ${type};
  ALTER TABLE payments.attempts ALTER captured TYPE ${type}, ALTER refunded TYPE ${type};
  ALTER TABLE payments.refunds ALTER amount TYPE ${type};`;
