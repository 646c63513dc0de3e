import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Payment } from '../domain/payment';
import { PaymentNotFound } from '../domain/payments.errors';
import { PaymentRepository } from '../domain/payment.repository';

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
    const find = () => this.lockBy('SELECT id FROM payments.payments WHERE order_id = $1', orderId);
    const payment = await find();
    if (payment) return payment;
    await currentUnit().statement('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [orderId]);
    return find();
  }

  async lockByAttempt(attemptId: string): Promise<Payment | undefined> {
    return this.lockBy('SELECT payment_id AS id FROM payments.attempts WHERE id = $1', attemptId);
  }

  async hasSeen(provider: string, eventId: string): Promise<boolean> {
    const { rows } = await currentUnit().statement(
      'SELECT 1 FROM payments.webhook_events WHERE provider = $1 AND event_id = $2',
      [provider, eventId],
    );
    return rows.length > 0;
  }

  async ordersWithoutNews(patience: number, atMost: number): Promise<string[]> {
    return this.orders(
      `SELECT p.order_id FROM payments.payments p
       WHERE (p.status IN ('open', 'pending')
              OR p.id IN (SELECT payment_id FROM payments.attempts WHERE status IN ('started', 'accepted')))
         AND p.updated_at < clock_timestamp() - $1 * interval '1 millisecond'
         AND NOT EXISTS (SELECT FROM platform.outbox o WHERE o.aggregate_id = p.order_id
                         AND o.type = 'ordering.order-placed' AND o.status = 'pending')
       ORDER BY p.updated_at LIMIT $2`,
      [patience, atMost],
    );
  }

  async ordersCanceledUnheard(patience: number, atMost: number): Promise<string[]> {
    return this.orders(
      `SELECT o.aggregate_id AS order_id FROM platform.outbox o
       WHERE o.type = 'ordering.order-canceled' AND o.status IN ('pending', 'dead')
         AND o.occurred_at < clock_timestamp() - $1 * interval '1 millisecond'
         AND EXISTS (SELECT FROM payments.payments p LEFT JOIN payments.attempts a ON a.payment_id = p.id
                     WHERE p.order_id = o.aggregate_id
                       AND (p.status IN ('open', 'pending') OR a.status IN ('started', 'accepted') OR a.captured > a.refunded))
       ORDER BY o.sequence LIMIT $2`,
      [patience, atMost],
    );
  }

  private async orders(sql: string, parameters: unknown[]): Promise<string[]> {
    const { rows } = await currentUnit().statement<{ order_id: string }>(sql, parameters);
    return rows.map(({ order_id }) => order_id);
  }

  private async lockBy(sql: string, key: string): Promise<Payment | undefined> {
    const { rows } = await currentUnit().statement<{ id: string }>(sql, [key]);
    return rows[0] && currentUnit().lock(Payment, rows[0].id);
  }
}
