import { PaymentRefunds } from '@holdfast/payments';
import { PaymentShop } from '../../support/payment-shop';
import { eventually } from '../../support/eventually';
import { expectRefundsConfirmed } from '../../support/invariants';
import { type StubbedIntent, type StubbedRefund, StripeStub } from '../../support/stripe-stub';

/** Through the services, on PostgreSQL, with Stripe's HTTP played by a stub. */
describe('a payment at its provider', () => {
  let stripe: StripeStub;
  let shop: PaymentShop;

  beforeAll(async () => {
    stripe = await StripeStub.start();
    shop = await PaymentShop.open({
      ...{ ...stripe.environment, PAYMENT_PROVIDERS: 'stripe', PAYMENT_RECONCILE_AFTER: '1s' },
    });
  });
  afterEach(() => {
    stripe.isDown = false;
    stripe.refundStatus = 'succeeded';
  });
  afterAll(async () => {
    await shop.quiet();
    const sentTo = (orderId: string) =>
      stripe.refunds
        .filter(({ status, payment_intent: id }) => status === 'succeeded' && id === stripe.intentOf(orderId)?.id)
        .reduce((sum, { amount }) => sum + amount / 100, 0);
    await expectRefundsConfirmed(shop.database, sentTo);
    await shop.close();
    stripe.close();
  });

  const aPendingOrder = async () => {
    const order = await shop.placePending();
    return { ...order, intent: stripe.intentOf(order.id)! };
  };
  const aPaidOrder = async () => {
    const order = await aPendingOrder();
    await report(succeeded(order.intent));
    await order.becomes('paid');
    return order;
  };

  const report = (event: object, header?: string) =>
    shop.receive('stripe', event, header === undefined ? stripe : { signed: () => ({ 'stripe-signature': header }) });
  const succeeded = (intent: StubbedIntent) => {
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
    return stripe.eventOf('payment_intent.succeeded', { ...intent });
  };
  const attemptFailed = (intent: StubbedIntent) =>
    stripe.eventOf('payment_intent.payment_failed', {
      ...intent,
      ...{ status: 'requires_payment_method', amount_received: 0, last_payment_error: { code: 'card_declined' } },
    });
  const refundEvent = (type: string, refund: StubbedRefund, change: object = {}) =>
    stripe.eventOf(type, { ...refund, ...change });

  const age = (orderId: string, column: 'accepted_at' | 'opened_at', by: string) =>
    shop.database.query(
      `UPDATE payments.payments SET ${column} = ${column} - $2::interval, checked_at = checked_at - $2::interval
       WHERE order_id = $1`,
      [orderId, by],
    );
  const eventsOf = async (orderId: string) =>
    (
      await shop.database.query<{ type: string }>(
        `SELECT type FROM platform.outbox WHERE payload ->> 'orderId' = $1 AND type LIKE 'payments.%' ORDER BY sequence`,
        [orderId],
      )
    ).map(({ type }) => type.replace('payments.', ''));

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
    await report(stripe.eventOf('payment_intent.canceled', { ...order.intent }));
    expect([(await order.now()).status, await order.onHand()]).toEqual(['canceled', 10]);
  });

  it.each([
    ['requires_payment_method', 'canceled', 10],
    ['processing', 'payment_pending', 8],
    ['succeeded', 'paid', 8],
  ])('PAY-27 whose time to pay is over ends only after its provider was asked: %s', async (state, status, onHand) => {
    const order = await aPendingOrder();
    Object.assign(order.intent, { status: state, amount_received: state === 'succeeded' ? order.intent.amount : 0 });
    await age(order.id, 'accepted_at', '31 minutes');
    await shop.reconcile();
    await shop.quiet();
    expect([(await order.now()).status, await order.onHand()]).toEqual([status, onHand]);
    if (state !== 'processing') return;
    await report(succeeded(order.intent));
    expect((await order.now()).status).toBe('paid');
  });

  it('is not ended before its provider answers', async () => {
    const order = await aPendingOrder();
    await age(order.id, 'accepted_at', '31 minutes');
    stripe.isDown = true;
    await shop.reconcile();
    expect((await order.now()).status).toBe('payment_pending');
    stripe.isDown = false;
    Object.assign(order.intent, { status: 'succeeded', amount_received: order.intent.amount });
    await eventually(async () => {
      await shop.reconcile();
      expect((await order.now()).status).toBe('paid');
    }, 30_000);
  });

  it('PAY-23 that no provider takes on waits for PAYMENT_START_TIMEOUT, and then cancels its order', async () => {
    stripe.isDown = true;
    const [waiting, ended] = [await shop.place(), await shop.place()];
    await shop.quiet();
    await age(waiting.id, 'opened_at', '119 minutes');
    await age(ended.id, 'opened_at', '121 minutes');
    await shop.reconcile();
    expect((await waiting.now()).status).toBe('reserved');
    // A 503 may hide a charge: that is voided when the provider answers again.
    await eventually(async () => expect((await ended.now()).status).toBe('canceled'));
    stripe.isDown = false;
    await eventually(async () => {
      await shop.reconcile();
      expect((await waiting.now()).status).toBe('payment_pending');
    }, 30_000);
    expect(stripe.intentOf(waiting.id)).toBeDefined();
  });

  describe('a refund', () => {
    it('that the provider does not send is shown as failed, and is sent under a new key by a retry', async () => {
      const order = await aPaidOrder();
      stripe.refundStatus = 'failed';
      await shop.refund(order.id);
      await eventually(async () => expect(await shop.refundsOf(order.id)).toMatchObject([{ status: 'failed' }]));
      await shop.quiet();
      expect((await order.now()).payment?.status).toBe('captured');
      expect(await eventsOf(order.id)).not.toContain('payment-refunded');
      stripe.refundStatus = 'succeeded';
      const [{ id }] = await shop.refundsOf(order.id);
      await shop.module.get(PaymentRefunds).retry(id);
      await eventually(async () => expect((await order.now()).payment?.status).toBe('refunded'));
      const keys = stripe.refunds
        .filter(({ payment_intent: intent }) => intent === order.intent.id)
        .map(({ key }) => key);
      expect(keys).toEqual([id, `${id}-1`]);
      await expect(shop.module.get(PaymentRefunds).retry(id)).rejects.toMatchObject({ code: 'refund-not-failed' });
    });

    it('is pending until a webhook or an inquiry says that it was sent; it may fail later still', async () => {
      const [reported, asked] = [await aPaidOrder(), await aPaidOrder()];
      stripe.refundStatus = 'pending';
      for (const { id } of [reported, asked]) await shop.refund(id);
      for (const { id } of [reported, asked])
        await eventually(async () => expect(await shop.refundsOf(id)).toMatchObject([{ status: 'pending' }]));
      expect((await reported.now()).payment?.status).toBe('captured');
      const of = ({ intent }: typeof reported) => stripe.refunds.find((each) => each.payment_intent === intent.id)!;
      await report(refundEvent('refund.updated', Object.assign(of(reported), { status: 'succeeded' })));
      expect((await reported.now()).payment?.status).toBe('refunded');
      of(asked).status = 'succeeded';
      await eventually(async () => {
        await shop.reconcile();
        expect((await asked.now()).payment?.status).toBe('refunded');
      });
      const lost = { status: 'failed', failure_reason: 'lost' };
      await report(refundEvent('refund.failed', Object.assign(of(reported), lost)));
      expect(await shop.refundsOf(reported.id)).toMatchObject([{ status: 'failed', failure: 'lost' }]);
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
      await shop.quiet();
      expect((await order.now()).refunded).toEqual({ amount: '2.00', currency: 'GBP' });
      expect((await order.now()).payment?.status).toBe('partially_refunded');
      await report(refundEvent('refund.failed', Object.assign(kept, { status: 'failed' })));
      await shop.quiet();
      expect((await order.now()).refunded).toEqual({ amount: '0.00', currency: 'GBP' });
      expect((await order.now()).payment?.status).toBe('captured');
      await shop.refund(order.id);
      await eventually(async () => expect((await order.now()).payment?.status).toBe('refunded'));
    });

    it('of a charge that was refunded already ends as sent, without a dead letter', async () => {
      const order = await aPaidOrder();
      stripe.refundStatus = 'charge_already_refunded';
      const foreign = stripe.refundInDashboard(order.intent, order.intent.amount);
      await shop.refund(order.id);
      await eventually(async () => expect((await order.now()).payment?.status).toBe('refunded'));
      expect(await report(refundEvent('refund.created', foreign))).not.toBe('amount-mismatch');
      expect(await shop.refundsOf(order.id)).toMatchObject([{ status: 'succeeded' }]);
      await shop.quiet();
    });

    it('outlives an outage of its provider, without a dead letter and without an admin', async () => {
      const orders = [await aPaidOrder(), await aPaidOrder()];
      stripe.isDown = true;
      for (const { id } of orders) await shop.refund(id);
      await shop.quiet();
      const sent = () =>
        stripe.refunds.filter((each) => orders.some(({ intent }) => intent.id === each.payment_intent));
      expect(sent()).toEqual([]);
      stripe.isDown = false;
      await eventually(async () => {
        await shop.reconcile();
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
    const ordinary = await Promise.all(Array.from({ length: 60 }, () => shop.place()));
    await shop.reconcile();
    for (const order of ordinary) await order.becomes('payment_pending');
    for (const order of unknown) await order.becomes('canceled');
    expect(ordinary.filter(({ id }) => stripe.intentOf(id))).toHaveLength(60);
  }, 120_000);

  it('PAY-04 believes only a webhook that is signed, by any of its signatures', async () => {
    const { intent, now } = await aPendingOrder();
    const event = succeeded(intent);
    const good = stripe.signed(JSON.stringify(event), StripeStub.SECRETS[1])['stripe-signature'];
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

describe('a payment whose order was canceled before its first event was handled', () => {
  let stripe: StripeStub;
  let shop: PaymentShop;

  beforeAll(async () => {
    stripe = await StripeStub.start();
    shop = await PaymentShop.open({ ...stripe.environment, PAYMENT_PROVIDERS: 'stripe' }, { relay: 'stopped' });
  });
  afterAll(async () => {
    await shop.close();
    stripe.close();
  });

  it('OUT-19 is not offered', async () => {
    const order = await shop.place();
    await shop.cancel(order.id);
    shop.startRelay();
    await shop.quiet();
    expect(stripe.calls).toEqual([]);
    expect([(await order.now()).status, await order.onHand()]).toEqual(['canceled', 10]);
  });
});
