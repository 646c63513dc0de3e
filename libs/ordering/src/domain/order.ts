import { AggregateRoot, Money } from '@holdfast/shared-kernel';
import type { OrderingEvent } from '@holdfast/contracts';
import {
  NothingToRefund,
  OrderNotCancellable,
  OrderNotFulfillable,
  OrderNotRefundable,
  PriceChanged,
  RefundTooLarge,
} from './ordering.errors';
import { OrderLine, type OrderedProduct } from './order-line';
import { mayFollow, type OrderStatus, type PaymentStatus, UNPAID } from './order-status';
import { OrderTransition } from './order-transition';

export interface Placement {
  id: string;
  customerId: string;
  lines: OrderedProduct[];
  /** What the customer was shown: refused when the prices have moved since. */
  expectedTotal?: Money;
  at: Date;
}

export interface Refund {
  id: string;
  /** All that is left when it is not given. */
  amount?: Money;
  reason: string;
  /** Whether the goods of an order that is refunded in full come back to stock. */
  restock: boolean;
}

/**
 * created → reserved → payment_pending → paid → fulfilled, or canceled on the way.
 *
 * - It exists only with its stock: both are committed together.
 * - It has at least one line, no product twice, one currency; lines keep the name and price of the moment.
 * - Its total is the exact sum of its lines, at most 9999999999.99; where that is nothing it is paid at once.
 * - Its status moves only forward ({@link mayFollow}), and every move is a transition in its history and one event.
 * - What payments tell may come late, twice or out of order: what no longer fits changes nothing.
 * - Refunds never exceed the total; one that leaves nothing cancels the order.
 */
export class Order extends AggregateRoot {
  readonly customerId!: string;
  readonly status!: OrderStatus;
  private readonly totalThousandths!: bigint;
  private readonly currency!: string;
  readonly placedAt!: Date;
  /** What payments have told of it; null as long as no provider has it. */
  readonly paymentStatus!: PaymentStatus | null;
  readonly paymentProvider!: string | null;
  readonly clientSecret!: string | null;
  /** What admins have given back, whether or not the provider has sent it yet. */
  private readonly refundedThousandths!: bigint;
  /** It was refunded, and its goods do not come back. */
  readonly stockKept!: boolean;
  readonly lines: OrderLine[] = [];
  /** Only what this unit of work adds: the history itself is never loaded. */
  readonly transitions: OrderTransition[] = [];

  private constructor() {
    super();
  }

  static place({ id, customerId, lines, expectedTotal, at }: Placement): Order {
    const order = new Order();
    order.lines.push(...lines.map((line, index) => OrderLine.of(id, index + 1, line)));
    const total = order.lines.map((line) => line.subtotal).reduce((sum, subtotal) => sum.plus(subtotal));
    if (expectedTotal && !total.equals(expectedTotal)) throw new PriceChanged(expectedTotal, total);
    const money = { totalThousandths: total.thousandths, currency: total.currency, refundedThousandths: 0n };
    const payment = { paymentStatus: null, paymentProvider: null, clientSecret: null, stockKept: false };
    Object.assign(order, { id, customerId, status: 'reserved', ...money, ...payment, placedAt: at, updatedAt: at });
    order.transitions.push(OrderTransition.of(id, 'created', 'reserved', 'placed', at));
    order.say({
      type: 'ordering.order-placed',
      orderId: id,
      customerId,
      lines: order.lines.map(({ productId, sku, name, quantity, unitPrice }) => ({
        productId,
        sku,
        name,
        quantity,
        unitPrice: unitPrice.toView(),
      })),
      total: total.toView(),
      placedAt: at.toISOString(),
    });
    if (total.thousandths === 0n) order.becomePaid('nothing to pay', at);
    return order;
  }

  get total(): Money {
    return Money.of(this.totalThousandths, this.currency);
  }

  get refunded(): Money {
    return Money.of(this.refundedThousandths, this.currency);
  }

  /** A provider has the payment. */
  awaitPayment(provider: string, clientSecret: string | null, at: Date): void {
    if (this.status !== 'reserved') return;
    Object.assign(this, { paymentStatus: 'pending', paymentProvider: provider, clientSecret });
    this.move('payment_pending', `payment started with ${provider}`, at);
    this.say({ type: 'ordering.order-payment-pending', ...this.who, provider, pendingAt: at.toISOString() });
  }

  /** The money is there. A canceled order stays so: who has the money learns of the cancel too, and sends it back. */
  pay(provider: string, at: Date): void {
    if (!this.isUnpaid && this.status !== 'canceled') return;
    Object.assign(this, { paymentStatus: 'captured', paymentProvider: provider });
    if (this.isUnpaid) this.becomePaid(`payment captured by ${provider}`, at);
    else this.changed(at);
  }

  /** Repeated, it changes nothing. */
  fulfil(at: Date): void {
    if (this.status === 'fulfilled') return;
    if (this.status !== 'paid') throw new OrderNotFulfillable(this.status);
    this.move('fulfilled', 'fulfilled', at);
    this.say({ type: 'ordering.order-fulfilled', ...this.who, fulfilledAt: at.toISOString() });
  }

  /** The caller gives the stock back in the same unit of work. */
  cancel(cause: string, at: Date): void {
    if (!this.isUnpaid) throw new OrderNotCancellable(this.status);
    if (this.paymentStatus === 'pending') Object.assign(this, { paymentStatus: 'canceled' });
    this.end(cause, at);
  }

  /** The payment has failed. True if the order ended with it: the caller gives the stock back in the same unit of work. */
  failPayment(reason: string, at: Date): boolean {
    if (!this.isUnpaid) return false;
    Object.assign(this, { paymentStatus: 'failed' });
    this.end(`payment failed: ${reason}`, at);
    return true;
  }

  /**
   * Gives money back. True if nothing is left and the order ended with it: the caller gives the stock back in the same
   * unit of work, unless it is kept.
   */
  refund({ id, amount, reason, restock }: Refund, at: Date): boolean {
    if (this.status !== 'paid' && this.status !== 'fulfilled') throw new OrderNotRefundable(this.status);
    const left = Money.of(this.totalThousandths - this.refundedThousandths, this.currency);
    const given = amount ?? left;
    const refunded = this.refunded.plus(given);
    if (refunded.thousandths > this.totalThousandths) throw new RefundTooLarge(given, left);
    if (given.thousandths === 0n && this.totalThousandths > 0n) throw new NothingToRefund();
    Object.assign(this, { refundedThousandths: refunded.thousandths });
    if (given.thousandths > 0n)
      this.say({ type: 'ordering.refund-requested', ...this.who, refundId: id, amount: given.toView(), reason });
    const inFull = refunded.thousandths === this.totalThousandths;
    if (inFull) this.end(`refunded: ${reason}`, at, restock);
    else this.changed(at);
    return inFull;
  }

  /** The provider has sent money back. */
  settleRefund(inFull: boolean, at: Date): void {
    Object.assign(this, { paymentStatus: inFull ? 'refunded' : 'partially_refunded' });
    this.changed(at);
  }

  get isUnpaid(): boolean {
    return UNPAID.includes(this.status);
  }

  private get who(): { orderId: string; customerId: string } {
    return { orderId: this.id, customerId: this.customerId };
  }

  private becomePaid(cause: string, at: Date): void {
    Object.assign(this, { clientSecret: null });
    this.move('paid', cause, at);
    this.say({ type: 'ordering.order-paid', ...this.who, total: this.total.toView(), paidAt: at.toISOString() });
  }

  private end(cause: string, at: Date, restock = true): void {
    Object.assign(this, { clientSecret: null, stockKept: !restock });
    this.move('canceled', cause, at);
    const restocked = restock ? this.lines.map(({ productId, quantity }) => ({ productId, quantity })) : [];
    const refunded = this.refundedThousandths > 0n;
    this.say({
      type: 'ordering.order-canceled',
      ...this.who,
      restocked,
      refunded,
      cause,
      canceledAt: at.toISOString(),
    });
  }

  private move(to: OrderStatus, cause: string, at: Date): void {
    if (!mayFollow(this.status, to)) throw new Error(`an order does not go from ${this.status} to ${to}`);
    this.changed(at);
    this.transitions.push(OrderTransition.of(this.id, this.status, to, cause, this.updatedAt));
    Object.assign(this, { status: to });
  }

  private say(event: OrderingEvent): void {
    this.record(event);
  }
}
