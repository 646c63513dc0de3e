import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { OrderCancellation, OrderingModule, OrderPlacement, OrderQueries, OrderRefunds } from '@holdfast/ordering';
import { PaymentReconciliation, PaymentRefunds, PaymentsModule, PaymentWebhooks } from '@holdfast/payments';
import { loadSettings, OutboxRelay, PlatformModule } from '@holdfast/platform';
import { DomainError, newId } from '@holdfast/shared-kernel';
import Stripe from 'stripe';
import { databaseOptions } from '../../../ormconfig';
import { makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectInvariants, expectRefundsConfirmed } from '../../support/invariants';
import { type StubbedIntent, type StubbedRefund, StripeStub } from '../../support/stripe-stub';

const SECRET = 'whsec_of-the-tests-and-of-nothing-else';
const PRICE = { amount: '10.00', currency: 'GBP' };

/** Through the services, on PostgreSQL, with Stripe's HTTP played by a stub. */
describe('a payment at its provider', () => {
  let database: TestDatabase;
  let stripe: StripeStub;
  let module: TestingModule;
  let admin: { id: string; role: 'admin' };

  beforeAll(async () => {
    database = await createTestDatabase();
    stripe = await StripeStub.start();
    const settings = loadSettings({
      ...testEnvironment(database.url),
      ...{ PAYMENT_PROVIDERS: 'stripe', STRIPE_API_URL: stripe.url, PAYMENT_RECONCILE_AFTER: '1s' },
      ...{
        STRIPE_SECRET_KEY: 'sk_test_stub',
        STRIPE_WEBHOOK_SECRETS: `${SECRET},whsec_of-the-tests-before-the-rotation`,
      },
      OUTBOX_RETRY_DELAYS: '50ms,100ms,100ms,100ms,100ms',
    });
    const platform = PlatformModule.forRoot(settings, databaseOptions(settings));
    module = await Test.createTestingModule({
      imports: [platform, CatalogModule, OrderingModule, PaymentsModule],
    }).compile();
    module.get(OutboxRelay).start();
    admin = { id: (await makeCustomers(database, 1, 'admin'))[0].id, role: 'admin' };
  });
  afterEach(() => {
    stripe.isDown = false;
    stripe.refundStatus = 'succeeded';
  });
  afterAll(async () => {
    await quiet();
    await expectInvariants(database);
    const sentTo = (orderId: string) =>
      stripe.refunds
        .filter(({ status, payment_intent: id }) => status === 'succeeded' && id === stripe.intentOf(orderId)?.id)
        .reduce((sum, { amount }) => sum + amount / 100, 0);
    await expectRefundsConfirmed(database, sentTo);
    await module.get(OutboxRelay).finish();
    await module.close();
    stripe.close();
    await database.drop();
  });

  /** No event waits, and none is a dead letter. */
  const quiet = () =>
    eventually(async () => {
      const undone = await database.query(
        `SELECT type, status, last_error FROM platform.outbox WHERE status IN ('pending', 'dead')`,
      );
      expect(undone).toEqual([]);
    }, 60_000);

  const place = async () => {
    const product = await module
      .get(CatalogueService)
      .create({ sku: newId(), name: 'Thing', price: PRICE, stock: 10 }, admin.id);
    const { id } = await module
      .get(OrderPlacement)
      .place({ items: [{ productId: product.id, quantity: 2 }] }, admin.id);
    const now = () => module.get(OrderQueries).one(id, admin);
    return {
      ...{ id, now },
      becomes: (status: string) => eventually(async () => expect((await now()).status).toBe(status), 30_000),
      onHand: async () => {
        const sql = 'SELECT on_hand::int AS units FROM catalog.products WHERE id = $1';
        return (await database.query<{ units: number }>(sql, [product.id]))[0].units;
      },
    };
  };
  const aPendingOrder = async () => {
    const order = await place();
    await order.becomes('payment_pending');
    return { ...order, intent: stripe.intentOf(order.id)! };
  };
  const aPaidOrder = async () => {
    const order = await aPendingOrder();
    await report(succeeded(order.intent));
    await order.becomes('paid');
    return order;
  };

  const eventOf = (type: string, object: object) => ({ id: `evt_${newId()}`, object: 'event', type, data: { object } });
  const report = (event: object, header?: string) => {
    const payload = JSON.stringify(event);
    const signature = header ?? new Stripe('sk').webhooks.generateTestHeaderString({ payload, secret: SECRET });
    return module.get(PaymentWebhooks).receive('stripe', Buffer.from(payload), { 'stripe-signature': signature });
  };
  const succeeded = (intent: StubbedIntent) => {
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
    return eventOf('payment_intent.succeeded', { ...intent });
  };
  const attemptFailed = (intent: StubbedIntent) =>
    eventOf('payment_intent.payment_failed', {
      ...intent,
      ...{ status: 'requires_payment_method', amount_received: 0, last_payment_error: { code: 'card_declined' } },
    });
  const processing = (intent: StubbedIntent) =>
    eventOf('payment_intent.processing', { ...intent, status: 'processing', amount_received: 0 });
  const refundEvent = (type: string, refund: StubbedRefund, change: object = {}) =>
    eventOf(type, { ...refund, ...change });

  const reconcile = () => module.get(PaymentReconciliation).reconcile();
  const age = (orderId: string, column: 'accepted_at' | 'opened_at', by: string) =>
    database.query(
      `UPDATE payments.payments SET ${column} = ${column} - $2::interval, checked_at = checked_at - $2::interval
       WHERE order_id = $1`,
      [orderId, by],
    );
  const eventsOf = async (orderId: string) =>
    (
      await database.query<{ type: string }>(
        `SELECT type FROM platform.outbox WHERE payload ->> 'orderId' = $1 AND type LIKE 'payments.%' ORDER BY sequence`,
        [orderId],
      )
    ).map(({ type }) => type.replace('payments.', ''));
  const refundsOf = (orderId: string) =>
    database.query<{ id: string; amount: string; status: string; is_foreign: boolean; failure: string | null }>(
      `SELECT r.id, r.amount::float::text AS amount, r.status, r.is_foreign, r.failure
       FROM payments.refunds r JOIN payments.payments p ON p.id = r.payment_id WHERE p.order_id = $1 ORDER BY r.id`,
      [orderId],
    );

  it('PAY-02 lives on after a failed attempt, and is paid by a later one', async () => {
    const order = await aPendingOrder();
    expect(await report(attemptFailed(order.intent))).toBe('applied');
    const { status, payment } = await order.now();
    expect([status, payment?.clientSecret, await order.onHand()]).toEqual([
      'payment_pending',
      order.intent.client_secret,
      8,
    ]);
    expect(await report(succeeded(order.intent))).toBe('applied');
    expect([(await order.now()).status, await order.onHand()]).toEqual(['paid', 8]);
    expect(await eventsOf(order.id)).toEqual(['payment-started', 'attempt-failed', 'payment-captured']);
  });

  it('PAY-02 ends with its intent', async () => {
    const order = await aPendingOrder();
    order.intent.status = 'canceled';
    await report(eventOf('payment_intent.canceled', { ...order.intent }));
    expect([(await order.now()).status, await order.onHand()]).toEqual(['canceled', 10]);
  });

  it('INV-35 ends sound in every order of its events, each of them twice', async () => {
    const kinds = ['attempt failed', 'processing', 'succeeded', 'refund created', 'refund total'];
    const all = permutations(kinds);
    const orders: { so: string[]; order: Awaited<ReturnType<typeof aPendingOrder>> }[] = [];
    const live = async () => {
      for (let so = all.pop(); so; so = all.pop()) {
        const order = await aPendingOrder();
        const { intent } = order;
        const success = succeeded(intent);
        const refund = stripe.refundInDashboard(intent, 500);
        const total = { object: 'charge', payment_intent: intent.id, currency: 'gbp', amount_refunded: 500 };
        const events: Record<string, object> = {
          'attempt failed': attemptFailed(intent),
          processing: processing(intent),
          succeeded: success,
          'refund created': refundEvent('refund.created', refund),
          'refund total': eventOf('charge.refunded', total),
        };
        let undelivered: object[] = [];
        for (const kind of so)
          for (let times = 0; times < 2; times++)
            await report(events[kind]).catch((error: unknown) => {
              if (!(error instanceof DomainError) || error.code !== 'payment-not-captured') throw error;
              undelivered.push(events[kind]);
            });
        // What was not answered 2xx is sent again.
        for (const event of undelivered.splice(0)) await report(event);
        undelivered = [];
        orders.push({ so, order });
      }
    };
    await Promise.all(Array.from({ length: 4 }, live));
    await quiet();
    expect(orders).toHaveLength(120);
    for (const { so, order } of orders) {
      const refunds = (await refundsOf(order.id)).map(({ amount, status, is_foreign }) => [amount, status, is_foreign]);
      const { status, payment } = await order.now();
      const end = { status, payment: payment?.status, refunds, onHand: await order.onHand() };
      const expected = {
        status: 'paid',
        payment: 'partially_refunded',
        refunds: [['5', 'succeeded', true]],
        onHand: 8,
      };
      expect({ so, ...end }).toEqual({ so, ...expected });
    }
  }, 300_000);

  it.each([
    ['requires_payment_method', 'canceled', 10],
    ['processing', 'payment_pending', 8],
    ['succeeded', 'paid', 8],
  ])('PAY-27 whose time to pay is over ends only after its provider was asked: %s', async (state, status, onHand) => {
    const order = await aPendingOrder();
    Object.assign(order.intent, { status: state, amount_received: state === 'succeeded' ? order.intent.amount : 0 });
    await age(order.id, 'accepted_at', '31 minutes');
    await reconcile();
    await quiet();
    expect([(await order.now()).status, await order.onHand()]).toEqual([status, onHand]);
    if (state !== 'processing') return;
    await report(succeeded(order.intent));
    expect((await order.now()).status).toBe('paid');
  });

  it('is not ended before its provider answers', async () => {
    const order = await aPendingOrder();
    await age(order.id, 'accepted_at', '31 minutes');
    stripe.isDown = true;
    await reconcile();
    expect((await order.now()).status).toBe('payment_pending');
    stripe.isDown = false;
    Object.assign(order.intent, { status: 'succeeded', amount_received: order.intent.amount });
    await eventually(async () => {
      await reconcile();
      expect((await order.now()).status).toBe('paid');
    }, 30_000);
  });

  it('PAY-23 that no provider takes on waits for PAYMENT_START_TIMEOUT, and then cancels its order', async () => {
    stripe.isDown = true;
    const [waiting, ended] = [await place(), await place()];
    await quiet();
    await age(waiting.id, 'opened_at', '119 minutes');
    await age(ended.id, 'opened_at', '121 minutes');
    await reconcile();
    expect((await waiting.now()).status).toBe('reserved');
    // A 503 may hide a charge: that is voided when the provider answers again.
    await eventually(async () => expect((await ended.now()).status).toBe('canceled'));
    stripe.isDown = false;
    await eventually(async () => {
      await reconcile();
      expect((await waiting.now()).status).toBe('payment_pending');
    }, 30_000);
    expect(stripe.intentOf(waiting.id)).toBeDefined();
  });

  it('OUT-19 of an order that was canceled before its first event is not offered', async () => {
    const relay = module.get(OutboxRelay);
    stripe.isDown = true;
    const order = await place();
    await module.get(OrderCancellation).cancel(order.id, admin);
    stripe.isDown = false;
    const before = stripe.calls.length;
    await quiet();
    expect(relay).toBeDefined();
    expect([stripe.intentOf(order.id)?.status ?? 'canceled', stripe.calls.length - before < 5]).toEqual([
      'canceled',
      true,
    ]);
  });

  describe('a refund', () => {
    const refund = (orderId: string) => module.get(OrderRefunds).refund(orderId, { reason: 'broken' }, admin.id);

    it('that the provider does not send is shown as failed, and is sent under a new key by a retry', async () => {
      const order = await aPaidOrder();
      stripe.refundStatus = 'failed';
      await refund(order.id);
      await eventually(async () => expect(await refundsOf(order.id)).toMatchObject([{ status: 'failed' }]));
      await quiet();
      expect((await order.now()).payment?.status).toBe('captured');
      expect(await eventsOf(order.id)).not.toContain('payment-refunded');
      stripe.refundStatus = 'succeeded';
      const [{ id }] = await refundsOf(order.id);
      await module.get(PaymentRefunds).retry(id);
      await eventually(async () => expect((await order.now()).payment?.status).toBe('refunded'));
      const keys = stripe.refunds
        .filter(({ payment_intent: intent }) => intent === order.intent.id)
        .map(({ key }) => key);
      expect(keys).toEqual([id, `${id}-1`]);
      await expect(module.get(PaymentRefunds).retry(id)).rejects.toMatchObject({ code: 'refund-not-failed' });
    });

    it('is pending until a webhook or an inquiry says that it was sent; it may fail later still', async () => {
      const [reported, asked] = [await aPaidOrder(), await aPaidOrder()];
      stripe.refundStatus = 'pending';
      for (const { id } of [reported, asked]) await refund(id);
      for (const { id } of [reported, asked])
        await eventually(async () => expect(await refundsOf(id)).toMatchObject([{ status: 'pending' }]));
      expect((await reported.now()).payment?.status).toBe('captured');
      const of = ({ intent }: typeof reported) => stripe.refunds.find((each) => each.payment_intent === intent.id)!;
      await report(refundEvent('refund.updated', Object.assign(of(reported), { status: 'succeeded' })));
      expect((await reported.now()).payment?.status).toBe('refunded');
      of(asked).status = 'succeeded';
      await eventually(async () => {
        await reconcile();
        expect((await asked.now()).payment?.status).toBe('refunded');
      });
      const lost = { status: 'failed', failure_reason: 'lost' };
      await report(refundEvent('refund.failed', Object.assign(of(reported), lost)));
      expect(await refundsOf(reported.id)).toMatchObject([{ status: 'failed', failure: 'lost' }]);
    });

    it.each([
      ['succeeded', 'failed'],
      ['succeeded', 'canceled'],
      ['pending', 'failed'],
      ['pending', 'succeeded', 'failed'],
    ])('that was begun at the provider gives its amount back when it fails: %s', async (...states) => {
      const order = await aPaidOrder();
      const foreign = stripe.refundInDashboard(order.intent, 300);
      const kept = stripe.refundInDashboard(order.intent, 200);
      await report(refundEvent('refund.created', kept));
      for (const [at, status] of states.entries())
        await report(refundEvent(at ? 'refund.updated' : 'refund.created', Object.assign(foreign, { status })));
      await quiet();
      expect((await order.now()).refunded).toEqual({ amount: '2.00', currency: 'GBP' });
      expect((await order.now()).payment?.status).toBe('partially_refunded');
      await report(refundEvent('refund.failed', Object.assign(kept, { status: 'failed' })));
      await quiet();
      expect((await order.now()).refunded).toEqual({ amount: '0.00', currency: 'GBP' });
      expect((await order.now()).payment?.status).toBe('captured');
      await module.get(OrderRefunds).refund(order.id, { reason: 'broken' }, admin.id);
      await eventually(async () => expect((await order.now()).payment?.status).toBe('refunded'));
    });

    it('of a charge that was refunded already ends as sent, without a dead letter', async () => {
      const order = await aPaidOrder();
      stripe.refundStatus = 'charge_already_refunded';
      const foreign = stripe.refundInDashboard(order.intent, order.intent.amount);
      await refund(order.id);
      await eventually(async () => expect((await order.now()).payment?.status).toBe('refunded'));
      expect(await report(refundEvent('refund.created', foreign))).not.toBe('amount-mismatch');
      expect(await refundsOf(order.id)).toMatchObject([{ status: 'succeeded' }]);
      await quiet();
    });

    it('outlives an outage of its provider, without a dead letter and without an admin', async () => {
      const orders = [await aPaidOrder(), await aPaidOrder()];
      stripe.isDown = true;
      for (const { id } of orders) await refund(id);
      await quiet();
      const sent = () =>
        stripe.refunds.filter((each) => orders.some(({ intent }) => intent.id === each.payment_intent));
      expect(sent()).toEqual([]);
      stripe.isDown = false;
      await eventually(async () => {
        await reconcile();
        expect(sent()).toHaveLength(2);
      }, 30_000);
      for (const order of orders)
        await eventually(async () => expect((await order.now()).payment?.status).toBe('refunded'));
    }, 90_000);
  });

  it('that its provider does not know ends, and keeps no other from its turn', async () => {
    const unknown = await Promise.all(Array.from({ length: 6 }, () => aPendingOrder()));
    for (const { intent } of unknown) stripe.intents.delete(intent.id);
    for (const { id } of unknown) await age(id, 'accepted_at', '1 minute');
    const ordinary = await Promise.all(Array.from({ length: 60 }, () => place()));
    await reconcile();
    for (const order of ordinary) await order.becomes('payment_pending');
    for (const order of unknown) await order.becomes('canceled');
    expect(ordinary.filter(({ id }) => stripe.intentOf(id))).toHaveLength(60);
  }, 120_000);

  it('PAY-04 believes only a webhook that is signed, by any of its signatures', async () => {
    const { intent, now } = await aPendingOrder();
    const event = succeeded(intent);
    const payload = JSON.stringify(event);
    const good = new Stripe('sk').webhooks.generateTestHeaderString({
      payload,
      secret: 'whsec_of-the-tests-before-the-rotation',
    });
    const [t, v1] = good.split(',');
    const refused = [
      '',
      'garbage',
      t,
      v1,
      `${t},v1=`,
      `${t},v1=zz`,
      `${t},v1=${'0'.repeat(64)}`,
      `${t},v0=${v1.slice(3)}`,
    ];
    for (const header of refused)
      await expect(report(event, header)).rejects.toMatchObject({ code: 'webhook-signature-invalid' });
    expect((await now()).status).toBe('payment_pending');
    expect(await report(event, `${t},v1=,v1=${'0'.repeat(64)},${v1}`)).toBe('applied');
    expect((await now()).status).toBe('paid');
  });
});

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
