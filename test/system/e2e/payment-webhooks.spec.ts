import { newId } from '@holdfast/shared-kernel';
import { Api, type Caller, type Json, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { WEBHOOK_SECRETS } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { nowInSeconds, signatureOf, deliverWebhook, type ProviderEvent, webhookOf } from '../../support/webhooks';

/** Without a worker: what a webhook does to an order, it does before it is answered. */
describe('webhooks of a payment provider', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let ann: Caller & { id: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    shop = await Shop.open(api, database);
    ann = await shop.customer();
  });
  afterAll(async () => {
    // What is not about the answer of a webhook is the worker's.
    const worker = await Worker.start(database);
    await eventually(async () => {
      const [{ waiting }] = await database.query(
        `SELECT count(*)::int AS waiting FROM platform.outbox WHERE status = 'pending' AND type <> 'payments.refund-requested'`,
      );
      expect(waiting).toBe(0);
    }, 90_000);
    await worker.stop();
    await expectInvariants(database);
  }, 120_000);
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const anOrder = async (quantity = 2, price = '100.00') => {
    const product = await shop.product({ stock: 10, price });
    const { body } = await ann.post('/v1/orders', items([product, quantity]));
    const success: ProviderEvent = { orderId: body.id, amount: body.total };
    return {
      ...{
        id: body.id as string,
        product,
        success,
        failure: { orderId: body.id, type: 'payment.failed' } as ProviderEvent,
      },
      now: async (): Promise<Json> => (await ann.get(`/v1/orders/${body.id}`)).body,
      stock: () => shop.onHand(product.id),
      transitions: async () =>
        ((await ann.get(`/v1/orders/${body.id}/history`)).body as Json[]).map(({ to }) => to as string),
      events: async () =>
        (
          await database.query<{ type: string }>(
            `SELECT type FROM platform.outbox WHERE payload ->> 'orderId' = $1 ORDER BY sequence`,
            [body.id],
          )
        ).map(({ type }) => type),
    };
  };
  const footprint = async () => ({
    ...(await shop.footprint()),
    ...(
      await database.query(
        `SELECT (SELECT count(*)::int FROM payments.payments) AS payments,
              (SELECT count(*)::int FROM payments.attempts) AS attempts,
              (SELECT count(*)::int FROM payments.webhook_events) AS webhooks,
              (SELECT string_agg(status, ',' ORDER BY id) FROM ordering.orders) AS statuses`,
      )
    )[0],
  });

  it('PAY-01 pay an order: 200, paid, its stock stays taken', async () => {
    const order = await anOrder();
    const { status, body } = await deliverWebhook(api, order.success);
    expect([status, body]).toEqual([200, { outcome: 'applied' }]);
    expect(await order.now()).toMatchObject({ status: 'paid', payment: { status: 'captured', provider: 'simulator' } });
    expect([await order.stock(), await order.transitions()]).toEqual([8, ['reserved', 'paid']]);
    expect(await order.events()).toEqual(['ordering.order-placed', 'payments.payment-captured', 'ordering.order-paid']);
  });

  it('PAY-02 PAY-20 cancel an order whose payment failed, and give its stock back once', async () => {
    const order = await anOrder(3);
    expect(await order.stock()).toBe(7);
    expect((await deliverWebhook(api, order.failure)).status).toBe(200);
    expect(await order.now()).toMatchObject({ status: 'canceled', payment: null });
    expect(await order.stock()).toBe(10);
    expect((await deliverWebhook(api, order.failure)).body.outcome).toBe('ignored');
    expect([await order.stock(), await order.transitions()]).toEqual([10, ['reserved', 'canceled']]);
  });

  it('PAY-04 PAY-08 PAY-10 are believed only when they are signed, of these bytes, and of now', async () => {
    const order = await anOrder();
    const body = JSON.stringify(webhookOf(order.success));
    const [now, mac] = [nowInSeconds(), signatureOf(body).split('v1=')[1]];
    const before = await footprint();
    const refused: (string | undefined)[] = [
      undefined,
      '',
      'garbage',
      `v1=${mac}`,
      `t=${now}`,
      `t=${now},v1=`,
      `t=${now},v1=${'0'.repeat(64)}`,
      `t=${now},v1=${mac.slice(2)}`,
      `t=${now},v0=${mac}`,
      `t=hello,v1=${mac}`,
      signatureOf(body, 'whsec_of-somebody-else'),
      signatureOf(body, ''),
      signatureOf(body, WEBHOOK_SECRETS[0], now - 301),
      signatureOf(body, WEBHOOK_SECRETS[0], now + 302),
      signatureOf(body, WEBHOOK_SECRETS[0], 'hello'),
      signatureOf(body.replace('succeeded', 'failed')),
      signatureOf(`${body}\n`),
    ];
    for (const header of refused) {
      const answer = await api
        .as()
        .send(
          'POST',
          '/v1/webhooks/payments/simulator',
          body,
          header === undefined ? {} : { 'webhook-signature': header },
        );
      expect([header, answer.status, answer.body.code]).toEqual([header, 401, 'webhook-signature-invalid']);
      expect(answer.headers.get('www-authenticate')).toBeTruthy();
    }
    const changed = body.replace('200.00', '100.00');
    expect((await deliverWebhook(api, changed, { 'webhook-signature': signatureOf(body) })).status).toBe(401);
    expect((await deliverWebhook(api, '{"broken', { 'webhook-signature': signatureOf(body) })).status).toBe(401);
    expect(await footprint()).toEqual(before);
    expect(
      (await deliverWebhook(api, body, { 'webhook-signature': signatureOf(body, WEBHOOK_SECRETS[0], now - 298) }))
        .status,
    ).toBe(200);
    expect((await order.now()).status).toBe('paid');
  });

  it('accept any active secret, and any of several signatures: secrets rotate', async () => {
    for (const header of [
      (body: string) => signatureOf(body, WEBHOOK_SECRETS[1]),
      (body: string) => `${signatureOf(body, 'unknown')},${signatureOf(body, WEBHOOK_SECRETS[1]).split(',')[1]}`,
      (body: string) => `${signatureOf(body)},v0=whatever,v2=else`,
    ]) {
      const order = await anOrder();
      const body = JSON.stringify(webhookOf(order.success));
      expect((await deliverWebhook(api, body, { 'webhook-signature': header(body) })).status).toBe(200);
      expect((await order.now()).status).toBe('paid');
    }
  });

  it('PAY-07 are verified as they were sent, however the JSON is written', async () => {
    const spellings: ((webhook: Json) => string)[] = [
      (webhook) => JSON.stringify(webhook, null, 4),
      ({ id, type, data }) => JSON.stringify({ data, type, id }),
      (webhook) => JSON.stringify(webhook).replace('payment', '\\u0070ayment'),
      (webhook) => `${JSON.stringify(webhook)}\n`,
      (webhook) => JSON.stringify({ ...webhook, livemode: false, data: { ...webhook.data, more: ['ünï', 1.0] } }),
    ];
    for (const spell of spellings) {
      const order = await anOrder();
      expect((await deliverWebhook(api, spell(webhookOf(order.success)))).status).toBe(200);
      expect((await order.now()).status).toBe('paid');
    }
  });

  it('PAY-14 are applied once, ten times in a row', async () => {
    const order = await anOrder();
    const event = { ...order.success, id: `evt_${newId()}` };
    const outcomes: string[] = [];
    for (let i = 0; i < 10; i++) {
      const { status, body } = await deliverWebhook(api, event);
      expect(status).toBe(200);
      outcomes.push(body.outcome);
    }
    expect(outcomes).toEqual(['applied', ...Array<string>(9).fill('duplicate')]);
    expect(await order.transitions()).toEqual(['reserved', 'paid']);
    expect((await order.events()).filter((type) => type === 'ordering.order-paid')).toHaveLength(1);
  });

  it('PAY-15 are applied once, twenty times at once', async () => {
    const order = await anOrder();
    const event = { ...order.success, id: `evt_${newId()}` };
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliverWebhook(api, event)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(answers.filter(({ body }) => body.outcome === 'applied')).toHaveLength(1);
    expect(await order.transitions()).toEqual(['reserved', 'paid']);
    // Other event ids for the same thing: nothing more to apply.
    const others = await Promise.all(Array.from({ length: 20 }, () => deliverWebhook(api, order.success)));
    expect(others.map(({ body }) => body.outcome)).toEqual(Array(20).fill('ignored'));
    expect((await order.events()).filter((type) => type === 'payments.payment-captured')).toHaveLength(1);
  });

  it('PAY-34 are all taken, a hundred at once, and each has its effect once', async () => {
    const orders = await Promise.all(Array.from({ length: 100 }, () => anOrder(1)));
    const answers = await Promise.all(orders.map(({ success }) => deliverWebhook(api, success)));
    expect(answers.map(({ status, body }) => [status, body.outcome])).toEqual(Array(100).fill([200, 'applied']));
    for (const order of orders) {
      expect([await order.transitions(), await order.stock()]).toEqual([['reserved', 'paid'], 9]);
      const events = ['ordering.order-placed', 'payments.payment-captured', 'ordering.order-paid'];
      expect(await order.events()).toEqual(events);
    }
  });

  it('PAY-19 change nothing when they fail an order that is paid', async () => {
    const order = await anOrder();
    await deliverWebhook(api, order.success);
    expect((await deliverWebhook(api, order.failure)).body.outcome).toBe('ignored');
    expect([(await order.now()).status, await order.stock()]).toEqual(['paid', 8]);
  });

  it('D-25 leave a canceled order canceled when the money comes late, and have it all refunded', async () => {
    const [failed, canceled] = [await anOrder(), await anOrder()];
    await deliverWebhook(api, failed.failure);
    await ann.post(`/v1/orders/${canceled.id}/cancel`);
    for (const order of [failed, canceled]) {
      expect((await deliverWebhook(api, order.success)).body.outcome).toBe('applied');
      expect([(await order.now()).status, await order.stock()]).toEqual(['canceled', 10]);
      expect((await order.events()).slice(-1)).toEqual(['payments.refund-requested']);
      const [attempt] = await database.query(
        `SELECT a.status, a.captured, a.refunded FROM payments.attempts a JOIN payments.payments p ON p.id = a.payment_id
         WHERE p.order_id = $1`,
        [order.id],
      );
      expect(attempt).toEqual({ status: 'late', captured: '200.000', refunded: '200.000' });
    }
  });

  it('PAY-21 D-16 D-17 say what they cannot use, and keep nothing of it', async () => {
    const order = await anOrder();
    const before = await footprint();
    expect((await deliverWebhook(api, { ...order.success, orderId: newId() })).status).toBe(404);
    expect((await deliverWebhook(api, { ...order.success, orderId: undefined, paymentId: newId() })).status).toBe(404);
    for (const body of ['{"broken', '', '[]', 'null', '"text"', '{}', '['.repeat(30_000)])
      expect([body.slice(0, 20), (await deliverWebhook(api, body)).status]).toEqual([body.slice(0, 20), 400]);
    expect((await deliverWebhook(api, { ...order.success, amount: undefined })).status).toBe(400);
    expect((await deliverWebhook(api, { type: 'payment.succeeded', amount: order.success.amount })).status).toBe(400);
    expect((await deliverWebhook(api, { ...order.success, orderId: 'abc' })).status).toBe(400);
    expect((await deliverWebhook(api, { ...order.success, type: 'payment.pondered' })).body.outcome).toBe('unknown');
    const text = JSON.stringify(webhookOf(order.success));
    const to = (path: string) => api.as().send('POST', path, text, { 'webhook-signature': signatureOf(text) });
    for (const name of ['acme', 'stripe']) expect((await to(`/v1/webhooks/payments/${name}`)).status).toBe(404);
    expect(await footprint()).toEqual(before);
  });

  it('D-16 do not pay an order with another amount: 202, and somebody can find it', async () => {
    const order = await anOrder();
    for (const amount of [
      { amount: '199.99', currency: 'GBP' },
      { amount: '200.01', currency: 'GBP' },
      { amount: '200.00', currency: 'EUR' },
    ]) {
      const { status, body } = await deliverWebhook(api, { ...order.success, amount });
      expect([amount, status, body.outcome]).toEqual([amount, 202, 'amount-mismatch']);
    }
    expect((await order.now()).status).toBe('reserved');
    const kept = await database.query(
      `SELECT verdict FROM payments.webhook_events w JOIN payments.payments p ON p.id = w.payment_id WHERE p.order_id = $1`,
      [order.id],
    );
    expect(kept).toEqual(Array(3).fill({ verdict: 'amount-mismatch' }));
    expect((await deliverWebhook(api, order.success)).body.outcome).toBe('applied');
    expect((await order.now()).status).toBe('paid');
  });

  it('PAY-33 come by POST only, and are at most 64 kB', async () => {
    const { status, headers } = await api.as().get('/v1/webhooks/payments/simulator');
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    const order = await anOrder();
    const padded = (size: number) => {
      const webhook = { ...webhookOf(order.success), padding: '' };
      webhook.padding = 'x'.repeat(size - JSON.stringify(webhook).length);
      return JSON.stringify(webhook);
    };
    const before = await footprint();
    const tooLarge = await deliverWebhook(api, padded(65_537));
    expect([tooLarge.status, tooLarge.body.code]).toEqual([413, 'payload-too-large']);
    expect(tooLarge.body.detail).toContain('65536');
    expect(await footprint()).toEqual(before);
    expect((await deliverWebhook(api, padded(65_536))).status).toBe(200);
  });

  describe('an order that is paid', () => {
    const aPaidOrder = async (quantity = 2, price = '100.00') => {
      const order = await anOrder(quantity, price);
      await deliverWebhook(api, order.success);
      return order;
    };
    const refund = (id: string, amount?: string, more: object = {}) =>
      shop.admin.post(`/v1/orders/${id}/refunds`, {
        reason: 'broken',
        ...(amount && { amount: { amount, currency: 'GBP' } }),
        ...more,
      });

    it('ORD-19 is not canceled', async () => {
      const order = await aPaidOrder();
      const before = await footprint();
      const { status, body } = await ann.post(`/v1/orders/${order.id}/cancel`);
      expect([status, body.code]).toEqual([409, 'order-not-cancellable']);
      expect([await footprint(), await order.stock()]).toEqual([before, 8]);
    });

    it('is fulfilled by an admin, once however often the admin repeats it', async () => {
      const order = await aPaidOrder();
      expect((await ann.post(`/v1/orders/${order.id}/fulfil`)).status).toBe(403);
      for (let i = 0; i < 2; i++)
        expect((await shop.admin.post(`/v1/orders/${order.id}/fulfil`)).body.status).toBe('fulfilled');
      expect(await order.transitions()).toEqual(['reserved', 'paid', 'fulfilled']);
      const other = await anOrder();
      const { status, body } = await shop.admin.post(`/v1/orders/${other.id}/fulfil`);
      expect([status, body.code]).toEqual([409, 'order-not-fulfillable']);
      expect((await shop.admin.post(`/v1/orders/${newId()}/fulfil`)).status).toBe(404);
    });

    it('PAY-30 is refunded in parts, never by more than was paid; with the last of it, it is canceled', async () => {
      const order = await aPaidOrder();
      expect((await ann.post(`/v1/orders/${order.id}/refunds`, { reason: 'mine' })).status).toBe(403);
      const first = await refund(order.id, '150.00');
      expect([first.status, first.body.status, first.body.refunded.amount]).toEqual([201, 'paid', '150.00']);
      const second = await refund(order.id, '60.00');
      expect([second.status, second.body.code, second.body.refundable]).toEqual([
        409,
        'refund-too-large',
        { amount: '50.00', currency: 'GBP' },
      ]);
      expect((await refund(order.id, '0.00')).status).toBe(422);
      expect((await refund(order.id, undefined, { amount: { amount: '1.00', currency: 'EUR' } })).status).toBe(422);
      expect((await refund(order.id, undefined, { reason: '' })).status).toBe(400);
      expect(await order.stock()).toBe(8);
      const last = await refund(order.id);
      expect([last.body.status, last.body.refunded.amount, await order.stock()]).toEqual(['canceled', '200.00', 10]);
      expect((await refund(order.id, '1.00')).body.code).toBe('order-not-refundable');
      expect((await order.events()).filter((type) => type === 'ordering.refund-requested')).toHaveLength(2);
    });

    it('is refunded once under one key, and by one of twenty that want it all at once', async () => {
      const order = await aPaidOrder();
      const key = { 'idempotency-key': newId() };
      const body = { reason: 'broken', amount: { amount: '20.00', currency: 'GBP' } };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => shop.admin.post(`/v1/orders/${order.id}/refunds`, body, key)),
      );
      expect(answers.map(({ body: { refunded } }) => refunded.amount as string)).toEqual(Array(5).fill('20.00'));
      const all = await Promise.all(Array.from({ length: 20 }, () => refund(order.id, '180.00')));
      expect(all.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(await order.stock()).toBe(10);
    });

    it('keeps its stock when its goods do not come back', async () => {
      const order = await aPaidOrder();
      const { body } = await refund(order.id, undefined, { restock: false });
      expect([body.status, await order.stock()]).toEqual(['canceled', 8]);
      expect(await order.transitions()).toEqual(['reserved', 'paid', 'canceled']);
    });

    it('stays fulfilled once its goods have left, whatever is refunded, and nothing comes back to stock', async () => {
      const order = await aPaidOrder();
      expect((await refund(order.id, '50.00', { restock: true })).body.code).toBe('restock-without-effect');
      await shop.admin.post(`/v1/orders/${order.id}/fulfil`);
      for (const restock of [true, false]) {
        const refused = await refund(order.id, undefined, { restock });
        expect([refused.status, refused.body.code]).toEqual([400, 'restock-without-effect']);
      }
      const { body } = await refund(order.id);
      expect([body.status, body.refunded.amount, await order.stock()]).toEqual(['fulfilled', '200.00', 8]);
      expect((await refund(order.id)).body.code).toBe('nothing-to-refund');
      expect(await order.transitions()).toEqual(['reserved', 'paid', 'fulfilled']);
    });
  });

  it('D-27 an order of nothing is paid at once, without anybody being asked', async () => {
    const free = await shop.product({ price: '0' });
    const { status, body } = await ann.post('/v1/orders', items([free, 1]));
    expect([status, body.status, body.payment]).toEqual([201, 'paid', null]);
    expect((await ann.get(`/v1/orders/${body.id}/history`)).body).toMatchObject([
      { from: 'created', to: 'reserved' },
      { from: 'reserved', to: 'paid', cause: 'nothing to pay' },
    ]);
    const refunded = await shop.admin.post(`/v1/orders/${body.id}/refunds`, { reason: 'not wanted' });
    expect([refunded.body.status, await shop.onHand(free.id)]).toEqual(['canceled', 10]);
  });
});
