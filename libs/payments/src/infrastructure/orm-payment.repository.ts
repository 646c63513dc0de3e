import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
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
    const find = () => this.lockBy('SELECT id FROM payments.payments WHERE order_id = $1', [orderId]);
    const payment = await find();
    if (payment) return payment;
    await currentUnit().statement('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [orderId]);
    return find();
  }

  async lockByAttempt(attemptId: string): Promise<Payment | undefined> {
    return this.lockBy('SELECT payment_id AS id FROM payments.attempts WHERE id = $1', [attemptId]);
  }

  async lockByReference(provider: string, reference: string): Promise<Payment | undefined> {
    const sql = 'SELECT payment_id AS id FROM payments.attempts WHERE provider = $1 AND reference = $2';
    return this.lockBy(sql, [provider, reference]);
  }

  async lockByRefund(refundId: string): Promise<Payment> {
    const payment = await this.lockBy('SELECT payment_id AS id FROM payments.refunds WHERE id = $1', [refundId]);
    if (!payment) throw new RefundNotFound();
    return payment;
  }

  async hasSeen(provider: string, eventId: string): Promise<boolean> {
    const { rows } = await currentUnit().statement(
      'SELECT 1 FROM payments.webhook_events WHERE provider = $1 AND event_id = $2',
      [provider, eventId],
    );
    return rows.length > 0;
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

  private async lockBy(sql: string, keys: string[]): Promise<Payment | undefined> {
    const { rows } = await currentUnit().statement<{ id: string }>(sql, keys);
    return rows[0] && currentUnit().lock(Payment, rows[0].id);
  }
}
