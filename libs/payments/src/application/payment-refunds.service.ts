import { Injectable } from '@nestjs/common';
import type { RefundRequested } from '@holdfast/contracts';
import { Clock, Money, type MoneyView, moneyView } from '@holdfast/shared-kernel';
import { isoTime, type KeyColumns, Keyset, type List, log, Reads, UnitOfWork } from '@holdfast/platform';
import { PaymentRepository } from '../domain/payment.repository';
import { PaymentProviders, ProviderRefusal, type RefundOrder, type RefundState } from '../domain/payment-provider';
import { RefundNotFound } from '../domain/payments.errors';
import { followRefund, type RefundStatus, requestRefund, retryRefund } from '../domain/refund';

export interface RefundView {
  id: string;
  orderId: string;
  provider: string;
  status: RefundStatus;
  amount: MoneyView;
  reference: string | null;
  failure: string | null;
  atProvider: boolean;
  requestedAt: string;
  sentAt: string | null;
}

type Row = Omit<RefundView, 'amount'> & { amount: string; currency: string };

const COLUMNS = `r.id, p.order_id AS "orderId", a.provider, r.status, r.amount, r.currency, r.reference, r.failure,
                 r.is_foreign AS "atProvider", ${isoTime('r.requested_at')} AS "requestedAt", ${isoTime('r.sent_at')} AS "sentAt"`;
const FROM = `payments.refunds r JOIN payments.payments p ON p.id = r.payment_id JOIN payments.attempts a ON a.id = r.attempt_id`;

/** Brings refunds to providers: the intent is committed first, then the provider is called, then the result is kept. */
@Injectable()
export class PaymentRefunds {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly reads: Reads,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(filter: {
    status?: RefundStatus;
    orderId?: string;
    cursor?: string;
    limit: number;
  }): Promise<List<RefundView>> {
    const { status, orderId, cursor, limit } = filter;
    const boundTo = { status, orderId };
    const page = new Keyset({ key: 'r.id', type: 'uuid', id: 'r.id', descending: true, boundTo, cursor, limit });
    const parameters: unknown[] = [];
    const conditions = [page.after(parameters)];
    if (status) conditions.push(`r.status = $${parameters.push(status)}`);
    if (orderId) conditions.push(`p.order_id = $${parameters.push(orderId)}`);
    const rows = await this.reads.query<Row & KeyColumns>(
      `SELECT ${COLUMNS}, ${page.columns} FROM ${FROM} WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows, withMoney);
  }

  /** Throws RefundNotFound. */
  async get(id: string): Promise<RefundView> {
    const [row] = await this.reads.query<Row>(`SELECT ${COLUMNS} FROM ${FROM} WHERE r.id = $1`, [id]);
    if (!row) throw new RefundNotFound();
    return withMoney(row);
  }

  /** Repeated with the refund's id, it changes nothing. Throws RefundExceedsCapture. */
  @UnitOfWork()
  async request({ orderId, refundId, amount }: RefundRequested): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    if (payment) requestRefund(payment, refundId, Money.parse(amount), this.clock.now());
  }

  /** Requests a failed refund once more. Throws RefundNotFound or RefundNotFailed. */
  @UnitOfWork()
  async retry(refundId: string): Promise<void> {
    const payment = await this.payments.lockByRefund(refundId);
    const refund = payment.refunds.find(({ id }) => id === refundId)!;
    retryRefund(payment, refund, this.clock.now());
  }

  /**
   * Brings the undecided refunds of an order forward: sends what is requested, asks about what is pending. True when
   * one of them has ended. Each is tried; then the first error is thrown.
   */
  async send(orderId: string): Promise<boolean> {
    const orders = await this.undecided(orderId);
    const results = await Promise.allSettled(orders.map((order) => this.sendOne(orderId, order)));
    const failure = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failure) throw failure.reason;
    return results.some((result) => result.status === 'fulfilled' && result.value);
  }

  private async sendOne(orderId: string, order: RefundOrder): Promise<boolean> {
    const provider = this.providers.named(order.charge.provider);
    const state = await provider.refund(order).catch((error: unknown): RefundState => {
      if (!(error instanceof ProviderRefusal)) throw error;
      log.error({ err: error, orderId, refundKey: order.key }, 'a provider refused a refund: an admin can retry it');
      return { status: 'failed', reference: order.reference, reason: error.reason };
    });
    return this.follow(orderId, order.key, state);
  }

  @UnitOfWork()
  private async undecided(orderId: string): Promise<RefundOrder[]> {
    const payment = await this.payments.lockOf(orderId);
    if (!payment) return [];
    return payment.refunds.flatMap(({ isUndecided, key, attemptId, amount, reference }) => {
      const attempt = payment.findAttempt(attemptId);
      return isUndecided && attempt ? [{ key, amount, reference, charge: attempt.chargeOf(payment) }] : [];
    });
  }

  @UnitOfWork()
  private async follow(orderId: string, key: string, state: RefundState): Promise<boolean> {
    const payment = await this.payments.lockOf(orderId);
    const refund = payment?.refunds.find((each) => each.key === key);
    return !!payment && !!refund && followRefund(payment, refund, state, this.clock.now()) === 'applied';
  }
}

const withMoney = ({ amount, currency, ...row }: Row): RefundView => ({ ...row, amount: moneyView(amount, currency) });
