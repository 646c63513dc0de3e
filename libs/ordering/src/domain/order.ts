import { type Address, AggregateRoot, assign, Money, type ProductQuantity, unitsIn } from '@holdfast/shared-kernel';
import type { OrderingEvent } from '@holdfast/contracts';
import { ensureReturnable, lineOf, type OrderReturn, type Parcel, type Shipment, unitsToShip } from './delivery';
import { orderCanceled, orderPaid, orderPaymentPending, orderPlaced, subjectOf, unitsWithdrawn } from './order.events';
import {
  OrderDisputed,
  OrderNotCancellable,
  OrderNotFulfillable,
  OrderNotRefundable,
  PriceChanged,
} from './ordering.errors';
import { OrderLine, type Placement, type RefundedUnits } from './order-line';
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
import { allUnits, type Refund, refundedAfter, settleRefundOf, unrefundedOf } from './refund';

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
 * - Refunds never exceed the total. A full refund cancels a paid order of which nothing has left.
 * - An order of which something has left is never canceled: it is fulfilled when shipments and refunds leave nothing to
 *   ship. What has left comes back to stock only by a return.
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
  /** Copies of what fulfilment has on record, oldest first. */
  readonly shipments: readonly Shipment[] = [];
  readonly returns: readonly OrderReturn[] = [];
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

  /**
   * Sends a parcel. Throws OrderNotFulfillable, ShipmentExceedsOrder, and OrderDisputed unless `force` says that the
   * goods leave nevertheless.
   */
  ship({ items, ...parcel }: Parcel, force: boolean, at: Date): Shipment {
    if (!REFUNDABLE.includes(this.status)) throw new OrderNotFulfillable(this.status);
    const units = unitsToShip(this.lines, items);
    if (this.disputed && !force) throw new OrderDisputed();
    for (const { line, quantity } of units) line.ship(quantity);
    const shipped = units.map(({ line: { productId }, quantity }) => ({ productId, quantity }));
    const shipment = { ...parcel, items: shipped, shippedAt: at.toISOString() };
    assign<Order>(this, { shipments: [...this.shipments, shipment] });
    this.fulfilOnceNothingIsLeft('shipped', at);
    return shipment;
  }

  /** Throws ReturnWindowOver, ReturnExceedsShipment; `window` is in milliseconds. */
  requestReturn(requested: OrderReturn, window: number, at: Date): void {
    ensureReturnable(this, requested.items, window, at);
    this.showReturn(requested, at);
  }

  /**
   * Takes the goods of a return back and refunds their price, as far as it is not refunded yet, or `amount`. Returns
   * the amount, and the units that have not left and come back to stock since nothing is left of the payment. Throws
   * RefundTooLarge, CurrenciesMixed.
   */
  takeBack(received: OrderReturn, refund: { id: string; amount?: Money }, at: Date) {
    const prices = received.items.map(({ productId, restocked, writtenOff }) => {
      const line = lineOf(this.lines, productId);
      const isSet = refund.amount !== undefined;
      return line?.takeBack(restocked + writtenOff, restocked, isSet, this.taxInclusive).thousandths ?? 0n;
    });
    const left = unrefundedOf(this);
    const price = prices.reduce((sum, each) => sum + each, 0n);
    const amount = refund.amount ?? (price < left.thousandths ? Money.of(price, this.currency) : left);
    const isAll = refundedAfter(this, amount).equals(this.total) && left.thousandths > 0n;
    const reason = `return received: ${received.reason}`;
    const restocked = this.payBack(refund.id, amount, reason, isAll ? allUnits(this.lines, [], true) : [], at);
    this.showReturn(received, at);
    this.fulfilOnceNothingIsLeft(reason, at);
    return { amount, restocked };
  }

  /** Shows a return as it is now. */
  showReturn(shown: OrderReturn, at: Date): void {
    const others = this.returns.filter(({ id }) => id !== shown.id);
    assign<Order>(this, { returns: [...others, shown].sort((a, b) => (a.id < b.id ? -1 : 1)) });
    this.changed(at);
  }

  /** The caller puts the stock back in the same unit of work. */
  cancel(cause: string, at: Date): void {
    if (!this.isUnpaid) throw new OrderNotCancellable(this.status);
    if (this.paymentStatus === 'pending') assign<Order>(this, { paymentStatus: 'canceled' });
    this.end(cause, this.lines, at);
  }

  /** Returns true if the order ended with its payment: the caller puts the stock back in the same unit of work. */
  failPayment(reason: string, at: Date): boolean {
    if (!this.isUnpaid) return false;
    assign<Order>(this, { paymentStatus: 'failed' });
    this.end(`payment failed: ${reason}`, this.lines, at);
    return true;
  }

  /** Refunds an amount or units. Returns the units that the caller puts back to stock in the same unit of work. */
  refund(refund: Refund, at: Date): ProductQuantity[] {
    if (!REFUNDABLE.includes(this.status)) throw new OrderNotRefundable(this.status);
    const { amount, units, endsOrder } = settleRefundOf(this, refund);
    const cause = `refunded: ${refund.reason}`;
    const restocked = this.payBack(refund.id, amount, refund.reason, units, at, endsOrder);
    if (endsOrder) this.end(cause, restocked, at);
    else this.fulfilOnceNothingIsLeft(cause, at);
    return restocked;
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

  /** Returns the units that come back to stock. */
  private payBack(
    refundId: string,
    amount: Money,
    reason: string,
    units: readonly (RefundedUnits & { line: OrderLine })[],
    at: Date,
    endsOrder = false,
  ): ProductQuantity[] {
    this.refundedThousandths += amount.thousandths;
    for (const { line, ...taken } of units) line.refund(taken);
    if (amount.thousandths > 0n)
      this.record({ type: 'ordering.refund-requested', ...subjectOf(this), refundId, amount: amount.toView(), reason });
    if (!endsOrder && units.some(({ withdrawn }) => withdrawn > 0)) this.record(unitsWithdrawn(this, units, at));
    return units
      .filter(({ restocked }) => restocked > 0)
      .map(({ line: { productId }, restocked: quantity }) => ({ productId, quantity }));
  }

  private fulfilOnceNothingIsLeft(cause: string, at: Date): void {
    if (this.status !== 'paid' || this.lines.some(({ left }) => left > 0)) return this.changed(at);
    this.move('fulfilled', cause, at);
    this.record({ type: 'ordering.order-fulfilled', ...subjectOf(this), fulfilledAt: at.toISOString() });
  }

  private end(cause: string, restocked: readonly ProductQuantity[], at: Date): void {
    assign<Order>(this, { stockKept: !restocked.length });
    this.move('canceled', cause, at);
    this.record(orderCanceled(this, { cause, restocked, refunded: this.refundedThousandths > 0n }, at));
  }

  private move(to: OrderStatus, cause: string, at: Date): void {
    if (!mayFollow(this.status, to)) throw new Error(`an order does not go from ${this.status} to ${to}`);
    this.changed(at);
    this.transitions.push(OrderTransition.of(this.id, this.status, to, cause, this.updatedAt));
    assign<Order>(this, { status: to, ...(to !== 'payment_pending' && NO_MEANS) });
  }
}
