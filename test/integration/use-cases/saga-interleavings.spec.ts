import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import type { OrderingEvent, PaymentsEvent } from '@holdfast/contracts';
import { OrderCancellation, OrderingModule, OrderPlacement, OrderQueries, OrderRefunds } from '@holdfast/ordering';
import { PaymentReconciliation, PaymentsModule, PaymentWebhooks } from '@holdfast/payments';
import { loadSettings, OutboxRelay, PlatformModule } from '@holdfast/platform';
import { type DomainEvent, DomainError, Money, newId } from '@holdfast/shared-kernel';
import Stripe from 'stripe';
import { databaseOptions } from '../../../ormconfig';
import { Order } from '../../../libs/ordering/src/domain/order';
import { mayFollow, type OrderStatus } from '../../../libs/ordering/src/domain/order-status';
import type { Attempt } from '../../../libs/payments/src/domain/attempt';
import { Payment } from '../../../libs/payments/src/domain/payment';
import { followRefund, requestRefund } from '../../../libs/payments/src/domain/refund';
import { makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { StripeStub } from '../../support/stripe-stub';

const KINDS = ['success', 'failure', 'cancel', 'timeout', 'refund'] as const;
type Kind = (typeof KINDS)[number];

const AT = new Date('2026-01-02T03:04:05.678Z');
const TOTAL = Money.parse({ amount: '20.00', currency: 'GBP' });

/** Every order in which all of these can come; equal ones are not distinguished. */
function* interleavings<T>(left: Map<T, number>, so: T[] = []): Generator<T[]> {
  const next = [...left].filter(([, times]) => times > 0);
  if (!next.length) yield so;
  for (const [kind, times] of next) yield* interleavings(new Map(left).set(kind, times - 1), [...so, kind]);
}

/** One order, its payment, its stock and a provider, all in memory; events pass as the handlers deliver them. */
class World {
  readonly order = Order.place({
    ...{ id: 'o1', customerId: 'c1', at: AT },
    lines: [{ productId: 'p1', sku: 'S', name: 'Thing', quantity: 2, unitPrice: Money.of(1_000n, 'GBP') }],
  });
  readonly payment = Payment.open(this.order.id, TOTAL, AT, AT);
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
    'the first to come decides': !isExact || status === expected(so),
  };
  const broken = Object.entries(sound).filter(([, holds]) => !holds);
  return broken.length ? { so: so.join(' '), status, broken: broken.map(([rule]) => rule) } : undefined;
}

/** Each event is delivered before the next step. */
function expected(so: readonly Kind[]): OrderStatus {
  const first = so.find((kind) => kind !== 'refund');
  return first === 'success' && so.lastIndexOf('refund') < so.indexOf('success') ? 'paid' : 'canceled';
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

describe('the same through the services, on PostgreSQL, in each of the 120 orders of the five', () => {
  const SECRET = 'whsec_of-the-tests-and-of-nothing-else';
  const AT_A_TIME = 6;
  let database: TestDatabase;
  let stripe: StripeStub;
  let module: TestingModule;
  let admin: { id: string; role: 'admin' };

  beforeAll(async () => {
    database = await createTestDatabase();
    stripe = await StripeStub.start();
    const settings = loadSettings({
      ...testEnvironment(database.url),
      ...{ PAYMENT_PROVIDERS: 'stripe', STRIPE_API_URL: stripe.url },
      ...{ STRIPE_SECRET_KEY: 'sk_test_stub', STRIPE_WEBHOOK_SECRETS: SECRET },
    });
    const platform = PlatformModule.forRoot(settings, databaseOptions(settings));
    module = await Test.createTestingModule({
      imports: [platform, CatalogModule, OrderingModule, PaymentsModule],
    }).compile();
    module.get(OutboxRelay).start();
    admin = { id: (await makeCustomers(database, 1, 'admin'))[0].id, role: 'admin' };
  });
  afterAll(async () => {
    await module.get(OutboxRelay).finish();
    await module.close();
    stripe.close();
    await database.drop();
  });

  const price = { amount: '10.00', currency: 'GBP' };
  const quiet = () =>
    eventually(async () => {
      const undone = await database.query(
        `SELECT type, status, last_error FROM platform.outbox WHERE status IN ('pending', 'dead')`,
      );
      expect(undone).toEqual([]);
    }, 60_000);

  const anOrder = async () => {
    const product = await module
      .get(CatalogueService)
      .create({ sku: newId(), name: 'Thing', price, stock: 10 }, admin.id);
    const { id } = await module
      .get(OrderPlacement)
      .place({ items: [{ productId: product.id, quantity: 2 }] }, admin.id);
    const now = () => module.get(OrderQueries).one(id, admin);
    await eventually(async () => expect((await now()).status).toBe('payment_pending'));
    const intent = [...stripe.intents.values()].find(({ metadata }) => metadata['orderId'] === id)!;
    const delivered = new Map<string, string>();
    /** The same event, byte for byte, at every delivery. */
    const deliver = async (type: string) => {
      const event = { id: `evt_${newId()}`, object: 'event', type, data: { object: { ...intent } } };
      const payload = delivered.get(type) ?? JSON.stringify(event);
      delivered.set(type, payload);
      const header = new Stripe('sk').webhooks.generateTestHeaderString({ payload, secret: SECRET });
      await module.get(PaymentWebhooks).receive('stripe', Buffer.from(payload), { 'stripe-signature': header });
    };
    const happenings: Record<Kind, () => Promise<unknown>> = {
      success: async () => {
        // A voided intent is not charged any more, and has no further webhooks.
        if (intent.status !== 'canceled') Object.assign(intent, { status: 'succeeded', amount_received: 2_000 });
        if (intent.status === 'succeeded') await deliver('payment_intent.succeeded');
      },
      failure: async () => {
        // The provider ends an intent only before it has succeeded.
        if (intent.status !== 'succeeded') intent.status = 'canceled';
        if (intent.status === 'canceled') await deliver('payment_intent.canceled');
      },
      cancel: () => unlessRefused('order-not-cancellable', module.get(OrderCancellation).cancel(id, admin)),
      timeout: async () => {
        await database.query(
          `UPDATE payments.payments SET accepted_at = accepted_at - interval '1 hour',
             checked_at = checked_at - interval '1 hour' WHERE order_id = $1`,
          [id],
        );
        await module.get(PaymentReconciliation).reconcile();
      },
      refund: () =>
        unlessRefused('order-not-refundable', module.get(OrderRefunds).refund(id, { reason: 'broken' }, admin.id)),
    };
    const net = () =>
      (intent.status === 'succeeded' ? intent.amount_received : 0) -
      stripe.refunds
        .filter((refund) => refund.payment_intent === intent.id)
        .reduce((sum, { amount }) => sum + amount, 0);
    const onHand = async () =>
      (
        await database.query<{ on_hand: number }>('SELECT on_hand::int FROM catalog.products WHERE id = $1', [
          product.id,
        ])
      )[0].on_hand;
    return { happen: (kind: Kind) => happenings[kind](), now, net, onHand };
  };

  const unlessRefused = (code: string, call: Promise<unknown>) =>
    call.catch((error: unknown) => {
      if (!(error instanceof DomainError) || error.code !== code) throw error;
    });

  it.each([
    ['twice at once', (so: Kind[]) => so.map((kind) => [kind, kind])],
    ['once more in a second round', (so: Kind[]) => [...so, ...so].map((kind) => [kind])],
  ])(
    'INV-13 INV-15 INV-29 end sound when each is delivered %s',
    async (_name, deliveries) => {
      const all = [...interleavings(new Map(KINDS.map((kind) => [kind, 1])))];
      expect(all).toHaveLength(120);
      const ends: { so: Kind[]; order: Awaited<ReturnType<typeof anOrder>> }[] = [];
      const live = async () => {
        for (let so = all.pop(); so; so = all.pop()) {
          const order = await anOrder();
          for (const kinds of deliveries(so)) await Promise.all(kinds.map((kind) => order.happen(kind)));
          ends.push({ so: deliveries(so).flat(), order });
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, live));
      await quiet();
      for (const { so, order } of ends) {
        const isPaid = expected(so) === 'paid';
        const end = { status: (await order.now()).status, net: order.net(), onHand: await order.onHand() };
        expect({ so, ...end }).toEqual({
          so,
          ...(isPaid ? { status: 'paid', net: 2_000, onHand: 8 } : { status: 'canceled', net: 0, onHand: 10 }),
        });
      }
      await expectInvariants(database);
    },
    300_000,
  );
});
