import { newId } from '@holdfast/shared-kernel';
import { Api, type Json, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { StripeStub } from '../../support/stripe-stub';
import { WebhookSink } from '../../support/webhook-sink';

describe('the secret that a customer pays with', () => {
  let database: TestDatabase;
  let stripe: StripeStub;
  let sink: WebhookSink;
  let api: Api;
  let worker: Worker;

  beforeAll(async () => {
    database = await createTestDatabase();
    [stripe, sink] = await Promise.all([StripeStub.start(), WebhookSink.open()]);
    const environment = {
      ...{ LOG_LEVEL: 'trace', WEBHOOK_TARGETS: 'any', PAYMENT_PROVIDERS: 'stripe', STRIPE_API_URL: stripe.url },
      ...{ STRIPE_SECRET_KEY: 'sk_test_stub', STRIPE_WEBHOOK_SECRETS: 'whsec_stripe-for-these-tests' },
    };
    [api, worker] = await Promise.all([Api.start(database, environment), Worker.start(database, environment)]);
  });
  afterAll(async () => {
    for (const each of [worker, api]) await each.stop();
    for (const each of [sink, stripe]) each.close();
    await database.drop();
  });

  it('is in his order while it is pending, and in no event, webhook, admin view or log', async () => {
    const shop = await Shop.open(api, database);
    const ann = await shop.customer();
    await shop.admin.post('/v1/admin/webhook-endpoints', { url: sink.url });

    const { body: order } = await ann.post('/v1/orders', items([await shop.product(), 1]));
    const orderNow = async (): Promise<Json> => (await ann.get(`/v1/orders/${order.id}`)).body;
    await eventually(async () => expect((await orderNow()).status).toBe('payment_pending'));
    const [{ client_secret: secret }] = stripe.intents.values();
    expect((await orderNow()).payment).toEqual({ status: 'pending', provider: 'stripe', clientSecret: secret });

    // One that no handler has had yet still knows it, and does not tell.
    const dead = newId();
    await database.query(
      `INSERT INTO platform.outbox (id, type, aggregate_id, payload, status, attempts, last_error)
       VALUES ($1, 'payments.payment-started', $1, $2, 'dead', 6, 'why')`,
      [dead, { orderId: order.id, private: { clientSecret: secret } }],
    );
    const seen: unknown[] = [(await shop.admin.get('/v1/admin/outbox?status=dead')).body];
    expect(seen).toMatchObject([{ items: [{ id: dead, payload: { orderId: order.id } }] }]);
    seen.push((await shop.admin.post(`/v1/admin/outbox/${dead}/retry`)).body);
    expect(seen[1]).toMatchObject({ id: dead, payload: { orderId: order.id } });
    await eventually(async () => expectInvariants(database, { moment: 'drained' }));

    seen.push((await shop.admin.get('/v1/admin/outbox?limit=100')).body);
    for (const table of ['platform.outbox', 'webhooks.deliveries'])
      seen.push(await database.query(`SELECT * FROM ${table}`));
    seen.push(sink.received, api.lines, worker.lines);
    const started = sink.received.map(({ body }) => body).filter((body) => body.includes('payment-started.v1'));
    expect(JSON.parse(started[0])).toMatchObject({ data: { orderId: order.id, provider: 'stripe' } });
    for (const each of seen) expect(JSON.stringify(each)).not.toContain(secret);

    await ann.post(`/v1/orders/${order.id}/cancel`);
    expect((await orderNow()).payment).toEqual({ status: 'canceled', provider: 'stripe' });
  });
});
