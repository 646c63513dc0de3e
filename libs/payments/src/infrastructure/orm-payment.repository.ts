import { Injectable } from '@nestjs/common';
import { currentUnit, type Statement } from '@holdfast/platform';
import { Payment } from '../domain/payment';
import { type Deadlines, PaymentRepository } from '../domain/payment.repository';
import { PaymentNotFound, RefundNotFound } from '../domain/payments.errors';

/** The longest time between two inquiries. Milliseconds. */
const LONGEST_BACKOFF = 3_600_000;

@Injectable()
export class OrmPaymentRepository extends PaymentRepository {
  add(payment: Payment): void {
    currentUnit().add(payment);
  }

  async lock(id: string): Promise<Payment> {
    const payment = await currentUnit().lock(Payment, id);
    if (!payment) throw new PaymentNotFound();
    return payment;
  }

  async lockOf(orderId: string): Promise<Payment | undefined> {
    const unit = currentUnit();
    const find = () => this.lockFound(unit.ask('payment of an order', orderId, paymentsOf));
    const known = await find();
    if (known) return known;
    await unit.ask('opening of a payment', orderId, lockOpening);
    const added = unit.added(Payment).find((payment) => payment.orderId === orderId);
    return added ? unit.lock(Payment, added.id) : find();
  }

  async lockByAttempt(attemptId: string): Promise<Payment | undefined> {
    return this.lockFound(currentUnit().ask('payment of an attempt', attemptId, paymentsOfAttempts));
  }

  async lockByReference(provider: string, reference: string): Promise<Payment | undefined> {
    return this.lockFound(currentUnit().ask('payment of a reference', { provider, reference }, paymentsOfReferences));
  }

  async lockByRefund(refundId: string): Promise<Payment> {
    const payment = await this.lockFound(currentUnit().ask('payment of a refund', refundId, paymentsOfRefunds));
    if (!payment) throw new RefundNotFound();
    return payment;
  }

  async hasSeen(provider: string, eventId: string): Promise<boolean> {
    return currentUnit().ask('webhook', { provider, eventId }, areSeen);
  }

  async findDue({ inquireAfter, toPay, toStart }: Deadlines, atMost: number): Promise<string[]> {
    const isOver = (deadline: string) => `(${deadline} <= clock_timestamp() AND p.checked_at < ${deadline})`;
    return this.findOrders(
      `SELECT p.order_id AS "orderId" FROM payments.payments p
       WHERE p.id IN (SELECT id FROM payments.payments WHERE status IN ('open', 'pending')
                      UNION SELECT payment_id FROM payments.attempts WHERE status IN ('started', 'accepted', 'declined')
                      UNION SELECT payment_id FROM payments.refunds WHERE status IN ('requested', 'pending'))
         AND (p.checked_at + least($1 * power(2, p.backoff), $2) * interval '1 millisecond' <= clock_timestamp()
              OR p.status IN ('open', 'pending')
                 AND (${isOver(`p.accepted_at + $3 * interval '1 millisecond'`)}
                      OR p.accepted_at IS NULL AND ${isOver(`p.opened_at + $4 * interval '1 millisecond'`)}))
       ORDER BY p.checked_at LIMIT $5`,
      [inquireAfter, Math.max(LONGEST_BACKOFF, inquireAfter), toPay, toStart, atMost],
    );
  }

  async findUnopened(orderIds: readonly string[]): Promise<string[]> {
    return this.findOrders(
      `SELECT id AS "orderId" FROM unnest($1::uuid[]) AS placed (id)
       WHERE NOT EXISTS (SELECT FROM payments.payments p WHERE p.order_id = placed.id)`,
      [orderIds],
    );
  }

  async findUnended(orderIds: readonly string[]): Promise<string[]> {
    return this.findOrders(
      `SELECT DISTINCT p.order_id AS "orderId"
       FROM payments.payments p LEFT JOIN payments.attempts a ON a.payment_id = p.id
       WHERE p.order_id = ANY ($1::uuid[])
         AND (p.status IN ('open', 'pending') OR a.status IN ('started', 'accepted') OR a.captured > a.refunded)`,
      [orderIds],
    );
  }

  private async findOrders(sql: string, parameters: unknown[]): Promise<string[]> {
    const { rows } = await currentUnit().statement<{ orderId: string }>(sql, parameters);
    return rows.map(({ orderId }) => orderId);
  }

  private async lockFound(found: Promise<string | undefined>): Promise<Payment | undefined> {
    const id = await found;
    return id === undefined ? undefined : currentUnit().lock(Payment, id);
  }
}

/** Answers all questions of a batch with one statement, which returns the number of a question and its answer. */
async function answersTo(sql: string, columns: unknown[][], statement: Statement): Promise<(string | undefined)[]> {
  const { rows } = await statement<{ n: string; id: string }>(sql, columns);
  const answers = new Map(rows.map(({ n, id }) => [Number(n), id]));
  return columns[0].map((_, index) => answers.get(index + 1));
}

/** Finds the payment of each row that `column` names; `id` is the column with the payment's id. */
const paymentsBy =
  (table: string, column: string, id = 'payment_id') =>
  (asked: string[], statement: Statement) =>
    answersTo(
      `SELECT q.n, t.${id} AS id FROM unnest($1::uuid[]) WITH ORDINALITY AS q (asked, n)
       JOIN ${table} t ON t.${column} = q.asked`,
      [asked],
      statement,
    );
const paymentsOf = paymentsBy('payments.payments', 'order_id', 'id');
const paymentsOfAttempts = paymentsBy('payments.attempts', 'id');
const paymentsOfRefunds = paymentsBy('payments.refunds', 'id');

const paymentsOfReferences = (asked: { provider: string; reference: string }[], statement: Statement) =>
  answersTo(
    `SELECT q.n, a.payment_id AS id FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q (provider, reference, n)
     JOIN payments.attempts a ON a.provider = q.provider AND a.reference = q.reference`,
    [asked.map(({ provider }) => provider), asked.map(({ reference }) => reference)],
    statement,
  );

async function areSeen(asked: { provider: string; eventId: string }[], statement: Statement): Promise<boolean[]> {
  const seen = await answersTo(
    `SELECT q.n, e.event_id AS id FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q (provider, event_id, n)
     JOIN payments.webhook_events e ON e.provider = q.provider AND e.event_id = q.event_id`,
    [asked.map(({ provider }) => provider), asked.map(({ eventId }) => eventId)],
    statement,
  );
  return seen.map((each) => each !== undefined);
}

/** One transaction at a time opens the payment of an order. */
async function lockOpening(orderIds: string[], statement: Statement): Promise<string[]> {
  await statement(
    `SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM (SELECT id FROM unnest($1::text[]) AS id ORDER BY id) AS ids`,
    [orderIds],
  );
  return orderIds;
}
