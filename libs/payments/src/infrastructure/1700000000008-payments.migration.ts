import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Payments, the attempts to collect them, what goes back, and the webhooks that were believed. */
export class Payments1700000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA payments;

      CREATE TABLE payments.payments (
        id             uuid PRIMARY KEY,
        order_id       uuid NOT NULL CONSTRAINT payments_one_per_order UNIQUE,
        status         text NOT NULL CONSTRAINT payments_status
                         CHECK (status IN ('open', 'pending', 'captured', 'failed', 'canceled')),
        amount         numeric(12,2) NOT NULL CONSTRAINT payments_amount_positive CHECK (amount > 0),
        currency       char(3) NOT NULL,
        version        integer NOT NULL,
        opened_at      timestamptz NOT NULL,
        updated_at     timestamptz NOT NULL
      );
      CREATE INDEX payments_undecided ON payments.payments (updated_at) WHERE status IN ('open', 'pending');

      CREATE TABLE payments.attempts (
        -- The provider's idempotency key.
        id             uuid PRIMARY KEY,
        payment_id     uuid NOT NULL REFERENCES payments.payments (id),
        provider       text NOT NULL,
        status         text NOT NULL CONSTRAINT attempts_status
                         CHECK (status IN ('started', 'accepted', 'captured', 'declined', 'voided', 'refused', 'late')),
        reference      text,
        captured       numeric(12,2) NOT NULL CONSTRAINT attempts_captured
                         CHECK (captured >= 0 AND (captured = 0 OR status IN ('captured', 'late'))),
        -- Promised back, whether or not the provider has sent it yet.
        refunded       numeric(12,2) NOT NULL CONSTRAINT attempts_refunded_at_most_captured
                         CHECK (refunded BETWEEN 0 AND captured),
        currency       char(3) NOT NULL,
        started_at     timestamptz NOT NULL
      );
      CREATE INDEX attempts_of_payment ON payments.attempts (payment_id);
      CREATE UNIQUE INDEX attempts_one_live ON payments.attempts (payment_id)
        WHERE status IN ('started', 'accepted', 'captured');
      CREATE INDEX attempts_undecided ON payments.attempts (payment_id) WHERE status IN ('started', 'accepted');

      CREATE TABLE payments.refunds (
        -- The provider's idempotency key.
        id             uuid PRIMARY KEY,
        payment_id     uuid NOT NULL REFERENCES payments.payments (id),
        attempt_id     uuid NOT NULL REFERENCES payments.attempts (id),
        amount         numeric(12,2) NOT NULL CONSTRAINT refunds_amount_positive CHECK (amount > 0),
        currency       char(3) NOT NULL,
        requested_at   timestamptz NOT NULL,
        sent_at        timestamptz
      );
      CREATE INDEX refunds_of_payment ON payments.refunds (payment_id);

      CREATE TABLE payments.webhook_events (
        provider       text NOT NULL,
        event_id       text NOT NULL,
        payment_id     uuid NOT NULL REFERENCES payments.payments (id),
        attempt_id     uuid REFERENCES payments.attempts (id),
        type           text NOT NULL,
        verdict        text NOT NULL CONSTRAINT webhook_events_verdict
                         CHECK (verdict IN ('applied', 'ignored', 'amount-mismatch')),
        received_at    timestamptz NOT NULL,
        PRIMARY KEY (provider, event_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payments.webhook_events, payments.refunds, payments.attempts, payments.payments;
      DROP SCHEMA payments;
    `);
  }
}
