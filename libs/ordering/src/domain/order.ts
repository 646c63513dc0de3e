import { type Address, AggregateRoot, assign, Money, unitsIn } from '@holdfast/shared-kernel';
import type { OrderingEvent } from '@holdfast/contracts';
import { orderCanceled, orderPaid, orderPaymentPending, orderPlaced, subjectOf } from './order.events';
import {
  OrderDisputed,
  OrderNotCancellable,
  OrderNotFulfillable,
  OrderNotRefundable,
  PriceChanged,
} from './ordering.errors';
import { OrderLine, type Placement } from './order-line';
import {
  mayFollow,
  NO_MEANS,
  type OrderStatus,
  OrderTransition,
  type PaymentMeans,
  type PaymentStatus,
  REFUNDABLE,
  UNPAID,
} from './order-status';
import { NO_TERMS, type Terms, totalsOf } from './order-totals';
import { type Refund, settleRefundOf } from './refund';

/**
 * created → reserved → payment_pending → paid → fulfilled; canceled from each state before fulfilled.
 *
 * - An order exists only with its stock: both are committed together.
 * - An order has at least one line, no product twice, one currency; lines keep the name and price of the moment.
 * - The total is the exact sum of the lines and shipping, and of the tax where they do not contain it, at most
 *   9999999999.99; an order with a total of zero is paid at once.
 * - The address is a copy, and is erased with the account.
 * - The status moves only forward ({@link mayFollow}); every move adds one transition to the history and one event.
 * - Payment events may come late, twice or out of order: an event that no longer fits changes nothing.
 * - Refunds never exceed the total. A full refund cancels a paid order; a fulfilled order stays fulfilled, and its
 *   goods come back to stock only by a return.
 */
export class Order extends AggregateRoot<OrderingEvent> {
  readonly customerId!: string;
  readonly status!: OrderStatus;
  private totalThousandths!: bigint;
  private currency!: string;
  private shippingThousandths = 0n;
  readonly shippingMethod: string | null = null;
  /** The tax on all lines and on shipping. */
  private taxThousandths = 0n;
  private shippingTaxThousandths = 0n;
  /** Whether subtotal and shipping contain the tax. */
  readonly taxInclusive: boolean = false;
  readonly shipTo: Address | null = null;
  readonly placedAt!: Date;
  /** Follows the events of payments; null until a provider has the payment. */
  readonly paymentStatus: PaymentStatus | null = null;
  readonly paymentProvider: string | null = null;
  readonly clientSecret: string | null = null;
  readonly approvalUrl: string | null = null;
  /** Sum of the refunds requested by admins, sent by the provider or not. */
  private refundedThousandths = 0n;
  /** True for a refunded order whose goods do not come back. */
  readonly stockKept: boolean = false;
  readonly disputed: boolean = false;
  readonly lines: OrderLine[] = [];
  /** Transitions that this unit of work adds; the stored history is never loaded. */
  readonly transitions: OrderTransition[] = [];

  private constructor() {
    super();
  }

  /** Throws PriceChanged, AmountOutOfRange, CurrenciesMixed, and what the terms throw. */
  static place({ id, customerId, lines, terms = NO_TERMS, expectedTotal, at }: Placement): Order {
    const order = new Order();
    order.lines.push(...lines.map((line, index) => OrderLine.of(id, index + 1, line)));
    const total = order.charge(terms);
    if (expectedTotal && !total.equals(expectedTotal)) throw new PriceChanged(expectedTotal, total);
    assign<Order>(order, { id, customerId, status: 'reserved', placedAt: at, updatedAt: at });
    order.transitions.push(OrderTransition.of(id, 'created', 'reserved', 'placed', at));
    order.record(orderPlaced(order, at));
    if (total.thousandths === 0n) order.becomePaid('nothing to pay', at);
    return order;
  }

  get total(): Money {
    return Money.of(this.totalThousandths, this.currency);
  }

  get shipping(): Money {
    return Money.of(this.shippingThousandths, this.currency);
  }

  get tax(): Money {
    return Money.of(this.taxThousandths, this.currency);
  }

  get shippingTax(): Money {
    return Money.of(this.shippingTaxThousandths, this.currency);
  }

  get subtotal(): Money {
    const added = this.shippingThousandths + (this.taxInclusive ? 0n : this.taxThousandths);
    return Money.of(this.totalThousandths - added, this.currency);
  }

  get refunded(): Money {
    return Money.of(this.refundedThousandths, this.currency);
  }

  get units(): number {
    return unitsIn(this.lines);
  }

  get isUnpaid(): boolean {
    return UNPAID.includes(this.status);
  }

  awaitPayment(provider: string, means: PaymentMeans, at: Date): void {
    if (this.status !== 'reserved') return;
    assign<Order>(this, { paymentStatus: 'pending', paymentProvider: provider, ...means });
    this.move('payment_pending', `payment started with ${provider}`, at);
    this.record(orderPaymentPending(this, provider, at));
  }

  /** The provider has captured the money. A canceled order stays canceled: payments send its money back. */
  pay(provider: string, at: Date): void {
    if (!this.isUnpaid && this.status !== 'canceled') return;
    assign<Order>(this, { paymentStatus: 'captured', paymentProvider: provider });
    if (this.isUnpaid) this.becomePaid(`payment captured by ${provider}`, at);
    else this.changed(at);
  }

  /** Throws OrderNotFulfillable, and OrderDisputed unless `force` says that the goods leave nevertheless. */
  fulfil(force: boolean, at: Date): void {
    if (this.status === 'fulfilled') return;
    if (this.status !== 'paid') throw new OrderNotFulfillable(this.status);
    if (this.disputed && !force) throw new OrderDisputed();
    this.move('fulfilled', 'fulfilled', at);
    this.record({ type: 'ordering.order-fulfilled', ...subjectOf(this), fulfilledAt: at.toISOString() });
  }

  /** The caller puts the stock back in the same unit of work. */
  cancel(cause: string, at: Date): void {
    if (!this.isUnpaid) throw new OrderNotCancellable(this.status);
    if (this.paymentStatus === 'pending') assign<Order>(this, { paymentStatus: 'canceled' });
    this.end(cause, true, at);
  }

  /** Returns true if the order ended with its payment: the caller puts the stock back in the same unit of work. */
  failPayment(reason: string, at: Date): boolean {
    if (!this.isUnpaid) return false;
    assign<Order>(this, { paymentStatus: 'failed' });
    this.end(`payment failed: ${reason}`, true, at);
    return true;
  }

  /** Refunds an amount. Returns true if the stock comes back: the caller puts it back in the same unit of work. */
  refund(refund: Refund, at: Date): boolean {
    if (!REFUNDABLE.includes(this.status)) throw new OrderNotRefundable(this.status);
    const { id: refundId, reason, restock = true } = refund;
    const { amount, refunded, endsOrder } = settleRefundOf(this, refund);
    this.refundedThousandths = refunded.thousandths;
    if (amount.thousandths > 0n)
      this.record({ type: 'ordering.refund-requested', ...subjectOf(this), refundId, amount: amount.toView(), reason });
    if (endsOrder) this.end(`refunded: ${reason}`, restock, at);
    else this.changed(at);
    return endsOrder && restock;
  }

  /** Follows the refunds at the provider; `begunThere`, in thousandths, is what those add that no admin asked for. */
  settleRefund(paymentStatus: PaymentStatus, begunThere: bigint, at: Date): void {
    const thousandths = this.refundedThousandths + begunThere;
    this.refundedThousandths = thousandths < this.totalThousandths ? thousandths : this.totalThousandths;
    assign<Order>(this, { paymentStatus });
    this.changed(at);
  }

  dispute(disputed: boolean, at: Date): void {
    assign<Order>(this, { disputed });
    this.changed(at);
  }

  /** Called when the account is closed. */
  forgetAddress(at: Date): void {
    assign<Order>(this, { shipTo: null });
    this.changed(at);
  }

  private charge(terms: Terms): Money {
    const subtotals = this.lines.map(({ subtotal }) => subtotal);
    const { shipping, shippingTax, lineTaxes, tax, total } = totalsOf(subtotals, terms);
    this.lines.forEach((line, index) => line.taxed(lineTaxes[index]));
    const { shipTo, shippingMethod, taxInclusive } = terms;
    assign<Order>(this, { shipTo, shippingMethod, taxInclusive });
    this.currency = total.currency;
    this.totalThousandths = total.thousandths;
    this.shippingThousandths = shipping.thousandths;
    this.taxThousandths = tax.thousandths;
    this.shippingTaxThousandths = shippingTax.thousandths;
    return total;
  }

  private becomePaid(cause: string, at: Date): void {
    this.move('paid', cause, at);
    this.record(orderPaid(this, at));
  }

  private end(cause: string, restock: boolean, at: Date): void {
    assign<Order>(this, { stockKept: !restock });
    this.move('canceled', cause, at);
    this.record(orderCanceled(this, { cause, restock, refunded: this.refundedThousandths > 0n }, at));
  }

  private move(to: OrderStatus, cause: string, at: Date): void {
    if (!mayFollow(this.status, to)) throw new Error(`an order does not go from ${this.status} to ${to}`);
    this.changed(at);
    this.transitions.push(OrderTransition.of(this.id, this.status, to, cause, this.updatedAt));
    assign<Order>(this, { status: to, ...(to !== 'payment_pending' && NO_MEANS) });
  }
}
