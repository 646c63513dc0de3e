import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { OrderCancellation, OrderingModule, OrderPlacement, OrderQueries, OrderDelivery } from '@holdfast/ordering';
import { PaymentCollection, PaymentsModule, PaymentWebhooks } from '@holdfast/payments';
import { loadSettings, OutboxRelay, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import Stripe from 'stripe';
import { databaseOptions } from '../../../ormconfig';
import { Simulator } from '../../../apps/payment-simulator/src/simulator';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment, WEBHOOK_SECRETS } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { StripeStub } from '../../support/stripe-stub';
import { signatureOf } from '../../support/webhooks';

const IMPATIENT = { PAYMENT_CALL_TIMEOUT: '400ms' };
const STRIPE_SECRETS = ['whsec_stripe-new-for-these-tests', 'whsec_stripe-old-for-these-tests'];
const money = (amount: string, currency = 'GBP') => ({ amount, currency });

describe('payments with two providers', () => {
  let database: TestDatabase;
  let stripe: StripeStub;
  let simulator: Simulator;
  let module: TestingModule;
  const admin = { id: newId(), role: 'admin' as const };

  beforeEach(async () => {
    database = await createTestDatabase();
    await database.query(
      `INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active, version, created_at, updated_at)
       VALUES ($1, 'admin', 'admin', 'a@b.cd', 'a@b.cd', '$argon2id$unusable', 'admin', true, 1, now(), now())`,
      [admin.id],
    );
  });
  afterEach(async () => {
    await module.get(OutboxRelay).finish();
    await expectInvariants(database);
    await module.close();
    stripe.close();
    simulator.close();
    await database.drop();
  });

  const open = async (providers: string, environment: NodeJS.ProcessEnv = {}) => {
    stripe = await StripeStub.start();
    simulator = new Simulator({ secrets: WEBHOOK_SECRETS, delay: 60_000, lateAfter: 60_000 });
    simulator.server.listen(0, '127.0.0.1');
    await once(simulator.server, 'listening');
    const settings = loadSettings({
      ...testEnvironment(database.url),
      ...{ PAYMENT_PROVIDERS: providers, OUTBOX_RETRY_DELAYS: '50ms,50ms,50ms' },
      PAYMENT_SIMULATOR_URL: simulatorUrl(),
      ...{
        STRIPE_SECRET_KEY: 'sk_test_stub',
        STRIPE_WEBHOOK_SECRETS: STRIPE_SECRETS.join(','),
        STRIPE_API_URL: stripe.url,
      },
      ...environment,
    });
    module = await Test.createTestingModule({
      imports: [
        PlatformModule.forRoot(settings, databaseOptions(settings)),
        CatalogModule,
        OrderingModule,
        PaymentsModule,
      ],
    }).compile();
    module.get(OutboxRelay).start();
  };
  const simulatorUrl = () => `http://127.0.0.1:${(simulator.server.address() as AddressInfo).port}`;
  const ledger = async () =>
    (await (await fetch(`${simulatorUrl()}/ledger`)).json()) as { status: string; orderId: string; requests: number }[];
  const next = (mode: string) => fetch(`${simulatorUrl()}/modes`, { method: 'PUT', body: JSON.stringify({ mode }) });

  const anOrder = async (price = money('2499.99'), quantity = 2) => {
    const product = await module
      .get(CatalogueService)
      .create({ sku: newId(), name: 'Thing', price, stock: 10 }, admin.id);
    const order = await module.get(OrderPlacement).place({ items: [{ productId: product.id, quantity }] }, admin.id);
    const now = () => module.get(OrderQueries).one(order.id, admin);
    return {
      ...{ id: order.id, now },
      becomes: (status: string) => eventually(async () => expect((await now()).status).toBe(status)),
      attempts: () =>
        database.query<{ id: string; provider: string; status: string }>(
          `SELECT a.id, a.provider, a.status FROM payments.attempts a JOIN payments.payments p ON p.id = a.payment_id
           WHERE p.order_id = $1 ORDER BY a.started_at, a.id`,
          [order.id],
        ),
    };
  };
  const deliver = (
    type: string,
    change: object = {},
    secret = STRIPE_SECRETS[0],
    timestamp = Math.floor(Date.now() / 1000),
  ) => {
    const [intent] = [...stripe.intents.values()].slice(-1);
    Object.assign(intent, change);
    const payload = JSON.stringify({ id: `evt_${newId()}`, object: 'event', type, data: { object: intent } });
    const header = new Stripe('sk').webhooks.generateTestHeaderString({ payload, secret, timestamp });
    return module.get(PaymentWebhooks).receive('stripe', Buffer.from(payload), { 'stripe-signature': header });
  };

  it('PAY-35 Stripe: the exact minor units, our key, its client secret; paid by its own signed webhook, refunded by key', async () => {
    await open('stripe');
    const order = await anOrder();
    await order.becomes('payment_pending');
    const [intent] = stripe.intents.values();
    const [{ id: key }] = await order.attempts();
    expect(intent).toMatchObject({ amount: 499_998, currency: 'gbp', metadata: { orderId: order.id, paymentId: key } });
    expect(stripe.calls).toMatchObject([
      {
        ...{ route: 'POST /v1/payment_intents', key, authorization: 'Bearer sk_test_stub' },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      },
    ]);
    expect((await order.now()).payment).toEqual({
      status: 'pending',
      provider: 'stripe',
      clientSecret: intent.client_secret,
    });

    const paid = { status: 'succeeded', amount_received: 499_998 };
    await expect(deliver('payment_intent.succeeded', {}, 'whsec_of-another')).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    const now = Math.floor(Date.now() / 1000);
    for (const stamp of [now - 301, now + 302])
      await expect(deliver('payment_intent.succeeded', {}, STRIPE_SECRETS[0], stamp)).rejects.toMatchObject({
        kind: 'unauthenticated',
      });
    expect(await deliver('payment_intent.created')).toBe('unknown');
    expect((await order.now()).status).toBe('payment_pending');
    expect(await deliver('payment_intent.succeeded', { ...paid, amount_received: 499_997 })).toBe('amount-mismatch');
    expect(await deliver('payment_intent.succeeded', paid, STRIPE_SECRETS[1])).toBe('applied');
    expect(await order.now()).toMatchObject({ status: 'paid', payment: { status: 'captured', provider: 'stripe' } });

    await module.get(OrderDelivery).refund(order.id, { amount: money('0.07'), reason: 'scratched' }, admin.id);
    await eventually(async () => expect((await order.now()).payment?.status).toBe('partially_refunded'));
    expect(stripe.refunds).toMatchObject([{ payment_intent: intent.id, amount: 7, key: expect.any(String) as string }]);
  });

  it('Stripe: currencies without a minor unit are counted in whole', async () => {
    await open('stripe');
    const order = await anOrder(money('120', 'JPY'), 3);
    await order.becomes('payment_pending');
    expect([...stripe.intents.values()]).toMatchObject([{ amount: 360, currency: 'jpy' }]);
    expect(await deliver('payment_intent.succeeded', { status: 'succeeded', amount_received: 360 })).toBe('applied');
  });

  it('Stripe: voided when the order is canceled; what was captured meanwhile is refunded in full', async () => {
    await open('stripe');
    const [voided, late] = [await anOrder(), await anOrder()];
    await voided.becomes('payment_pending');
    await late.becomes('payment_pending');
    const intentOf = (id: string) => [...stripe.intents.values()].find(({ metadata }) => metadata['orderId'] === id)!;
    Object.assign(intentOf(late.id), { status: 'succeeded', amount_received: 499_998 });
    for (const { id } of [voided, late]) await module.get(OrderCancellation).cancel(id, admin);
    await eventually(async () => expect(intentOf(voided.id).status).toBe('canceled'));
    await eventually(async () => expect(stripe.refunds).toMatchObject([{ amount: 499_998 }]));
    await eventually(async () => expect((await late.now()).payment?.status).toBe('refunded'));
    expect(await late.attempts()).toMatchObject([{ status: 'late' }]);
  });

  it('Stripe: no answer, then the same key again: one intent', async () => {
    await open('stripe', IMPATIENT);
    stripe.next.push('no answer', 500);
    const order = await anOrder();
    await order.becomes('payment_pending');
    expect(new Set(stripe.calls.map(({ key }) => key)).size).toBe(1);
    expect([stripe.calls.length, stripe.intents.size]).toEqual([3, 1]);
  });

  it('fail over when the first does not answer, or refuses', async () => {
    await open('stripe,simulator', { STRIPE_API_URL: 'http://127.0.0.1:9' });
    const order = await anOrder();
    await order.becomes('payment_pending');
    expect((await order.now()).payment?.provider).toBe('simulator');
    expect(await order.attempts()).toMatchObject([
      { provider: 'stripe', status: 'refused' },
      { provider: 'simulator', status: 'accepted' },
    ]);
    await module.get(OrderCancellation).cancel(order.id, admin);
    await eventually(async () => expect((await ledger()).map(({ status }) => status)).toEqual(['voided']));
    await module.get(OutboxRelay).finish();
    await module.close();
    stripe.close();
    simulator.close();

    await open('stripe,simulator');
    stripe.next.push(400);
    const refused = await anOrder();
    await refused.becomes('payment_pending');
    expect((await refused.now()).payment?.provider).toBe('simulator');
  });

  it('do not fail over on a decline', async () => {
    await open('simulator,stripe');
    const order = await anOrder();
    await order.becomes('payment_pending');
    const [{ id: paymentId }] = await order.attempts();
    const body = JSON.stringify({ id: newId(), type: 'payment.failed', data: { paymentId } });
    await module
      .get(PaymentWebhooks)
      .receive('simulator', Buffer.from(body), { 'webhook-signature': signatureOf(body) });
    await order.becomes('canceled');
    expect(stripe.calls).toEqual([]);
  });

  it('INV-14 adopt a charge whose answer was lost: the second provider is not even asked', async () => {
    await open('simulator,stripe', IMPATIENT);
    await next('hang');
    const order = await anOrder();
    await order.becomes('paid');
    expect(await order.attempts()).toMatchObject([{ provider: 'simulator', status: 'captured' }]);
    expect([stripe.calls, (await ledger()).length]).toEqual([[], 1]);
  });

  it('close the key before they go on, when the first does not know what became of it', async () => {
    await open('simulator,stripe');
    await next('error');
    const order = await anOrder();
    await order.becomes('payment_pending');
    expect((await order.now()).payment?.provider).toBe('stripe');
    expect(await order.attempts()).toMatchObject([
      { provider: 'simulator', status: 'voided' },
      { provider: 'stripe', status: 'accepted' },
    ]);
    expect((await ledger()).map(({ status }) => status)).toEqual(['voided']);
    expect(await deliver('payment_intent.canceled', { status: 'canceled' })).toBe('applied');
    await order.becomes('canceled');
  });

  it('D-32 are left in peace for a while after five failures in a row', async () => {
    await open('stripe', { OUTBOX_RETRY_DELAYS: '1h' });
    stripe.next.push(...Array<number>(20).fill(500));
    const order = await anOrder();
    await eventually(async () => expect(stripe.calls).toHaveLength(1));
    const collection = module.get(PaymentCollection);
    for (let i = 0; i < 8; i++) await collection.offer(order.id, false).catch(() => undefined);
    expect(stripe.calls).toHaveLength(5);
    // What the failures have left uncertain, an open breaker does not make certain.
    await expect(collection.offer(order.id, false)).rejects.toThrow('its circuit is open');
    expect(await order.attempts()).toMatchObject([{ status: 'started' }]);
    await module.get(OrderCancellation).cancel(order.id, admin);
  });

  it('are one charge when ten workers collect one order at once', async () => {
    await open('stripe,simulator');
    const order = await anOrder();
    await Promise.all(Array.from({ length: 10 }, () => module.get(PaymentCollection).offer(order.id, false)));
    await order.becomes('payment_pending');
    expect([stripe.intents.size, (await ledger()).length, (await order.attempts()).length]).toEqual([1, 0, 1]);
  });
});
