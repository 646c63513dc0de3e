import { DomainError } from '@holdfast/shared-kernel';
import { firstDecides, type Kind, KINDS, permutations, shuffled } from '../../support/interleavings';
import { expectInvariants } from '../../support/invariants';
import { PaymentShop, type PlacedOrder } from '../../support/payment-shop';
import { PayPalStub } from '../../support/paypal-stub';
import { type StubbedIntent, StripeStub } from '../../support/stripe-stub';

/** Orders that live at the same time. */
const AT_A_TIME = 6;
/** Of all orders of some events, so many are tried, the same in every run: all of them would take minutes. */
const SAMPLE = 40;

/** Refusals of a webhook that comes before those that it follows: the provider sends it again. */
const TOO_EARLY = ['payment-not-captured', 'payment-not-found'];

type Stub = StripeStub | PayPalStub;

/** An order at its provider. */
interface Charged {
  succeed(): Promise<void>;
  fail(): Promise<void>;
  /** Plays a story to its end, and returns the webhooks that it makes, by their names. */
  tell(story: string): Record<string, object>;
  /** What the provider has of it, in pence. */
  net(): number;
}

/** Reports by webhooks. The event of a type is the same at every delivery, whatever has happened since. */
function reporterOf(shop: PaymentShop, provider: string, stub: Stub) {
  const events = new Map<string, object>();
  return async (type: string, object: object): Promise<void> => {
    const event = events.get(type) ?? stub.eventOf(type, structuredClone(object));
    events.set(type, event);
    await shop.receive(provider, event, stub);
  };
}

function chargedAtStripe(stub: StripeStub, shop: PaymentShop, { id }: PlacedOrder): Charged {
  const intent = stub.intentOf(id)!;
  const report = reporterOf(shop, 'stripe', stub);
  const become = (status: string) =>
    Object.assign(intent, { status, amount_received: status === 'succeeded' ? intent.amount : 0 });
  return {
    succeed: async () => {
      // A voided intent is not charged any more, and has no further webhooks.
      if (intent.status !== 'canceled') become('succeeded');
      if (intent.status === 'succeeded') await report('payment_intent.succeeded', intent);
    },
    fail: async () => {
      // The provider ends an intent only before it has succeeded.
      if (intent.status !== 'succeeded') become('canceled');
      if (intent.status === 'canceled') await report('payment_intent.canceled', intent);
    },
    tell: (story) => {
      const event = (type: string, change: Partial<StubbedIntent> & object = {}) =>
        stub.eventOf(`payment_intent.${type}`, { ...intent, ...change });
      const declined = { status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } };
      const begun = {
        'attempt failed': event('payment_failed', declined),
        processing: event('processing', { status: 'processing' }),
      };
      if (story === 'is canceled') {
        become('canceled');
        return { ...begun, canceled: event('canceled') };
      }
      become('succeeded');
      const refund = stub.refundInDashboard(intent, 500);
      const refunded = {
        ...{ ...begun, succeeded: event('succeeded'), 'refund created': stub.eventOf('refund.created', { ...refund }) },
        'refund total': stub.eventOf('charge.refunded', {
          ...{ object: 'charge', payment_intent: intent.id, currency: 'gbp', amount_refunded: 500 },
        }),
      };
      if (story === 'is refunded in part') return refunded;
      refund.status = 'failed';
      return { ...refunded, 'refund failed': stub.eventOf('refund.failed', { ...refund }) };
    },
    net: () => {
      const sent = stub.refunds.filter(({ payment_intent: of, status }) => of === intent.id && status === 'succeeded');
      return intent.amount_received - sent.reduce((sum, { amount }) => sum + amount, 0);
    },
  };
}

function chargedAtPayPal(stub: PayPalStub, shop: PaymentShop, { id, now }: PlacedOrder): Charged {
  const order = stub.orderOf(id)!;
  const report = reporterOf(shop, 'paypal', stub);
  const pence = ({ value }: { value: string }) => Math.round(Number(value) * 100);
  return {
    succeed: async () => {
      if (!stub.captureOf(order)) stub.approve(order);
      await report('CHECKOUT.ORDER.APPROVED', { ...order, status: 'APPROVED' });
      const capture = stub.captureOf(order);
      if (capture?.status === 'COMPLETED') await report('PAYMENT.CAPTURE.COMPLETED', capture);
    },
    fail: async () => {
      // PayPal denies only what was captured, and that is done only for an order that waits for it.
      if (!stub.captureOf(order) && (await now()).status === 'payment_pending') stub.complete(order, 'DECLINED');
      const capture = stub.captureOf(order);
      if (capture?.status === 'DECLINED') await report('PAYMENT.CAPTURE.DENIED', capture);
    },
    tell: (story) => {
      const approved = stub.eventOf('CHECKOUT.ORDER.APPROVED', structuredClone({ ...order, status: 'APPROVED' }));
      if (story === 'is voided') {
        order.status = 'VOIDED';
        return { approved };
      }
      const capture = stub.complete(order);
      const event = (end: string, status: string) => stub.eventOf(`PAYMENT.CAPTURE.${end}`, { ...capture, status });
      const begun = { approved, pending: event('PENDING', 'PENDING') };
      if (story === 'is denied') {
        capture.status = 'DECLINED';
        return { ...begun, denied: event('DENIED', 'DECLINED') };
      }
      const paid = { ...begun, completed: event('COMPLETED', 'COMPLETED') };
      if (story === 'is reversed') {
        stub.refundOnSite(order, capture.amount.value);
        return { ...paid, reversed: event('REVERSED', 'REFUNDED') };
      }
      const refund = stub.refundOnSite(order, '5.00');
      const refundIs = (type: string, status: string) => stub.eventOf(`PAYMENT.${type}`, { ...refund, status });
      if (story === 'is refunded in part') return { ...paid, refunded: refundIs('CAPTURE.REFUNDED', 'COMPLETED') };
      refund.status = 'FAILED';
      return {
        ...{ ...paid, 'refund pending': refundIs('REFUND.PENDING', 'PENDING') },
        'refund failed': refundIs('REFUND.FAILED', 'FAILED'),
      };
    },
    net: () => {
      const capture = stub.captureOf(order);
      if (capture?.status !== 'COMPLETED') return 0;
      const sent = stub.refunds.filter((each) => each.id.endsWith(`-${capture.id}`) && each.status === 'COMPLETED');
      return sent.reduce((left, { amount }) => left - pence(amount), pence(capture.amount));
    },
  };
}

const PROVIDERS = { stripe: StripeStub, paypal: PayPalStub };

const PAID = { status: 'paid', payment: 'captured', refunds: [] as string[][], onHand: 8, net: 2_000 };
const ENDED = { status: 'canceled', payment: 'failed', refunds: [] as string[][], onHand: 10, net: 0 };
const STORIES = {
  stripe: {
    'is refunded in part': { ...PAID, payment: 'partially_refunded', refunds: [['5', 'succeeded']], net: 1_500 },
    'has a refund that fails': { ...PAID, refunds: [['5', 'failed']] },
    'is canceled': ENDED,
  },
  paypal: {
    'is refunded in part': { ...PAID, payment: 'partially_refunded', refunds: [['5', 'succeeded']], net: 1_500 },
    'has a refund that fails': { ...PAID, refunds: [['5', 'failed']] },
    'is reversed': { ...PAID, payment: 'refunded', refunds: [['20', 'succeeded']], net: 0 },
    'is denied': ENDED,
    'is voided': ENDED,
  },
};

describe.each(['stripe', 'paypal'] as const)('at %s, on PostgreSQL', (provider) => {
  let stub: Stub;
  let shop: PaymentShop;

  beforeAll(async () => {
    stub = await PROVIDERS[provider].start();
    shop = await PaymentShop.open({ ...stub.environment, PAYMENT_PROVIDERS: provider });
  });
  afterAll(async () => {
    await shop.close();
    stub.close();
  });

  const begin = async () => {
    const order = await shop.placePending();
    const charged =
      stub instanceof StripeStub ? chargedAtStripe(stub, shop, order) : chargedAtPayPal(stub, shop, order);
    return { ...order, ...charged };
  };
  type Begun = Awaited<ReturnType<typeof begin>>;

  /** Lets an order live for each of these, several at a time. */
  const liveAll = async <T>(all: T[], live: (so: T, order: Begun) => Promise<void>) => {
    const left = [...all];
    const lived: { so: T; order: Begun }[] = [];
    const liveOn = async () => {
      for (let so = left.pop(); so; so = left.pop()) {
        const order = await begin();
        await live(so, order);
        lived.push({ so, order });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, liveOn));
    await shop.quiet();
    expect(lived).toHaveLength(all.length);
    return lived;
  };

  const unlessRefused = (code: string, call: Promise<unknown>) =>
    call.catch((error: unknown) => {
      if (!(error instanceof DomainError) || error.code !== code) throw error;
    });
  const happen = async (kind: Kind, order: Begun): Promise<unknown> => {
    switch (kind) {
      case 'success':
        return order.succeed();
      case 'failure':
        return order.fail();
      case 'cancel':
        return unlessRefused('order-not-cancellable', shop.cancel(order.id));
      case 'refund':
        return unlessRefused('order-not-refundable', shop.refund(order.id));
      case 'timeout':
        await shop.database.query(
          `UPDATE payments.payments SET accepted_at = accepted_at - interval '1 hour',
             checked_at = checked_at - interval '1 hour' WHERE order_id = $1`,
          [order.id],
        );
        return shop.reconcile();
    }
  };

  // Different ones of all 120 orders; saga-interleavings.spec.ts has each of them, in memory.
  it.each([
    ['twice at once', 0, (so: Kind[]) => so.map((kind) => [kind, kind])],
    ['once more in a second round', SAMPLE, (so: Kind[]) => [...so, ...so].map((kind) => [kind])],
  ])(
    'INV-13 INV-15 INV-29 success, failure, cancel, timeout and refund end sound, each delivered %s',
    async (_name, first, deliveries) => {
      const half = shuffled(permutations(KINDS)).slice(first, first + SAMPLE);
      const lived = await liveAll(half, async (so, order) => {
        for (const kinds of deliveries(so)) await Promise.all(kinds.map((kind) => happen(kind, order)));
      });
      for (const { so, order } of lived) {
        const isPaid = firstDecides(deliveries(so).flat()) === 'paid';
        const end = { status: (await order.now()).status, net: order.net(), onHand: await order.onHand() };
        expect({ so, ...end }).toEqual({
          so,
          ...(isPaid ? { status: 'paid', net: 2_000, onHand: 8 } : { status: 'canceled', net: 0, onHand: 10 }),
        });
      }
      await expectInvariants(shop.database);
    },
  );

  it.each(Object.entries(STORIES[provider]))(
    'INV-35 a charge that %s ends as it is there, in any order of its webhooks, each of them twice',
    async (story, expected) => {
      const names = Object.keys((await begin()).tell(story));
      const sample = shuffled(permutations(names)).slice(0, SAMPLE);
      const lived = await liveAll(sample, async (so, order) => {
        const events = order.tell(story);
        const undelivered: object[] = [];
        for (const name of so)
          for (let times = 0; times < 2; times++)
            await shop.receive(provider, events[name], stub).catch((error: unknown) => {
              if (!(error instanceof DomainError) || !TOO_EARLY.includes(error.code)) throw error;
              undelivered.push(events[name]);
            });
        // What was not answered 2xx is sent again.
        for (const event of undelivered) await shop.receive(provider, event, stub);
      });
      for (const { so, order } of lived) {
        const refunds = (await shop.refundsOf(order.id)).map(({ amount, status }) => [amount, status]);
        const { status, payment } = await order.now();
        const end = { status, payment: payment?.status, refunds, onHand: await order.onHand(), net: order.net() };
        expect({ so, ...end }).toEqual({ so, ...expected });
      }
      await expectInvariants(shop.database);
    },
  );
});
