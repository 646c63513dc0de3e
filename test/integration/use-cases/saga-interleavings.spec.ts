import type { OrderingEvent, PaymentsEvent } from '@holdfast/contracts';
import { type DomainEvent, Money } from '@holdfast/shared-kernel';
import { Order } from '../../../libs/ordering/src/domain/order';
import { mayFollow, type OrderStatus } from '../../../libs/ordering/src/domain/order-status';
import type { Attempt } from '../../../libs/payments/src/domain/attempt';
import { Payment } from '../../../libs/payments/src/domain/payment';
import { followRefund, requestRefund } from '../../../libs/payments/src/domain/refund';
import { firstDecides, interleavings, type Kind, KINDS } from '../../support/interleavings';

const AT = new Date('2026-01-02T03:04:05.678Z');
const TOTAL = Money.parse({ amount: '20.00', currency: 'GBP' });

/** One order, its payment, its stock and a provider, all in memory; events pass as the handlers deliver them. */
class World {
  readonly order = Order.place({
    ...{ id: 'o1', customerId: 'c1', at: AT },
    lines: [{ productId: 'p1', sku: 'S', name: 'Thing', quantity: 2, unitPrice: Money.of(1_000n, 'GBP') }],
  });
  readonly payment = Payment.open(this.order.id, TOTAL, AT);
  readonly recorded: DomainEvent[] = [];
  restocked = 0;
  /** The provider's own state. */
  charged = 0n;
  private readonly sentBack = new Map<string, bigint>();
  private readonly attempt: Attempt;
  private undelivered: { event: OrderingEvent | PaymentsEvent; due: number }[] = [];
  private step = 0;

  /** The number of further steps after which an event is delivered. */
  constructor(private readonly lag: number) {
    this.attempt = this.payment.attemptWith('acme', AT);
    this.payment.follow(this.attempt, { status: 'pending', reference: 'r', clientSecret: null }, AT);
    this.collectEvents();
    this.deliver(Infinity);
  }

  get net(): bigint {
    return this.charged - [...this.sentBack.values()].reduce((sum, amount) => sum + amount, 0n);
  }

  live(so: readonly Kind[]): void {
    for (const kind of so) {
      this.step++;
      this.happen(kind);
      this.collectEvents();
      this.deliver(this.step);
    }
    this.deliver(Infinity);
  }

  private happen(kind: Kind): void {
    const { order, payment, attempt } = this;
    switch (kind) {
      case 'success':
        this.charged = TOTAL.thousandths; // one charge, however often it is delivered
        payment.follow(attempt, { status: 'captured', reference: 'r', captured: TOTAL }, AT);
        break;
      case 'failure':
        payment.follow(attempt, { status: 'declined', reference: 'r', reason: 'no funds' }, AT);
        break;
      case 'cancel':
      case 'timeout':
        if (order.isUnpaid) this.cancel(kind);
        else expectRefused(() => order.cancel(kind, AT), 'order-not-cancellable');
        break;
      case 'refund':
        if (order.status === 'paid') this.refund();
        else expectRefused(() => this.refund(), 'order-not-refundable');
    }
  }

  private cancel(cause: string): void {
    this.order.cancel(cause, AT);
    this.restocked++;
  }

  private refund(): void {
    if (this.order.refund({ id: `r${this.step}`, reason: 'broken', restock: true }, AT)) this.restocked++;
  }

  private collectEvents(): void {
    const events = [...this.order.takeEvents(), ...this.payment.takeEvents()] as (OrderingEvent | PaymentsEvent)[];
    for (const event of events) {
      this.recorded.push(event);
      this.undelivered.push({ event, due: this.step + this.lag });
    }
  }

  private deliver(until: number): void {
    while (this.undelivered.length && this.undelivered[0].due <= until) {
      this.handle(this.undelivered.shift()!.event);
      this.collectEvents();
    }
  }

  /** Does what OrderingEventHandlers and PaymentsEventHandlers do. */
  private handle(event: OrderingEvent | PaymentsEvent): void {
    const { order, payment } = this;
    switch (event.type) {
      case 'payments.payment-started':
        return order.awaitPayment(event.provider, event.private, AT);
      case 'payments.payment-captured':
        return order.pay(event.provider, AT);
      case 'payments.payment-failed':
        if (order.failPayment(event.reason, AT)) this.restocked++;
        return;
      case 'payments.payment-refunded':
        return order.settleRefund(event.inFull ? 'refunded' : 'partially_refunded', 0n, AT);
      case 'ordering.refund-requested':
        return requestRefund(payment, event.refundId, Money.parse(event.amount), AT);
      case 'payments.refund-requested':
        this.sentBack.set(event.refundId, Money.parse(event.amount).thousandths);
        return void followRefund(
          payment,
          payment.refunds.find(({ id }) => id === event.refundId)!,
          { status: 'succeeded', reference: event.refundId },
          AT,
        );
      case 'ordering.order-canceled':
        payment.cancel(AT);
        for (const attempt of payment.toVoid)
          payment.follow(
            attempt,
            { status: this.charged ? 'captured' : 'voided', reference: 'r', captured: TOTAL },
            AT,
          );
        break;
      default: // handled by other contexts
    }
  }
}

function expectRefused(act: () => unknown, code: string): void {
  try {
    act();
  } catch (error) {
    if ((error as { code?: string }).code === code) return;
    throw error;
  }
  throw new Error(`${code} was expected`);
}

/** The fault of an end; undefined when it is sound. `expect` would take minutes for so many. */
function faultOf({ order, payment, net, restocked, recorded }: World, so: readonly Kind[], isExact: boolean) {
  const { status } = order;
  const isPaid = status === 'paid';
  const path = order.transitions.map(({ to }) => to as OrderStatus);
  const count = (type: string) => recorded.filter((event) => event.type === type).length;
  const booked = payment.attempts.reduce((sum, { refundable }) => sum + refundable.thousandths, 0n);
  const canceledFromPaid = order.transitions.find(({ from, to }) => from === 'paid' && to === 'canceled');
  const sound = {
    'it is over': isPaid || status === 'canceled',
    'stock is back exactly where it is canceled': restocked === (isPaid ? 0 : 1),
    'the provider has kept what is paid, and nothing else': net === (isPaid ? TOTAL.thousandths : 0n),
    'and so it is in our books': booked === net,
    'every step may follow the one before': path.every((to, i) => !i || mayFollow(path[i - 1], to)),
    'what is paid ends only by a refund': !canceledFromPaid || canceledFromPaid.cause.startsWith('refunded'),
    'each step is recorded once':
      count('ordering.order-paid') === path.filter((to) => to === 'paid').length &&
      count('ordering.order-canceled') === (isPaid ? 0 : 1),
    'the payment ends once': count('payments.payment-captured') + count('payments.payment-failed') <= 1,
    'the first to come decides': !isExact || status === firstDecides(so),
  };
  const broken = Object.entries(sound).filter(([, holds]) => !holds);
  return broken.length ? { so: so.join(' '), status, broken: broken.map(([rule]) => rule) } : undefined;
}

describe('success, failure, cancel, timeout and refund, each twice', () => {
  // Half a million refusals need no stack trace.
  const { stackTraceLimit } = Error;
  beforeAll(() => void (Error.stackTraceLimit = 0));
  afterAll(() => void (Error.stackTraceLimit = stackTraceLimit));

  it.each([
    ['at once', 0],
    ['one step later', 1],
    ['after the last step', Infinity],
  ])(
    'end sound in each of their 113,400 orders, events delivered %s',
    (_name, lag) => {
      let count = 0;
      const faults: unknown[] = [];
      for (const so of interleavings(new Map(KINDS.map((kind) => [kind, 2])))) {
        const world = new World(lag);
        world.live(so);
        const fault = faultOf(world, so, lag === 0);
        if (fault) faults.push(fault);
        count++;
      }
      expect(count).toBe(113_400);
      expect([faults.length, faults.slice(0, 3)]).toEqual([0, []]);
    },
    120_000,
  );
});
