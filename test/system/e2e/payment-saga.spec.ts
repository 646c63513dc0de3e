import { newId } from '@holdfast/shared-kernel';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@holdfast/testbed';
import { Api, type Caller, type Charged, type Json, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants, expectSameMoney, netOf } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { StripeStub } from '../../support/stripe-stub';

/** Where nobody listens. (The ports that are always free, `fetch` refuses to call.) */
const nowhere = async () => `http://127.0.0.1:${await freePort()}`;

/** API, worker and provider, each a process: an order's life from 201 to its end, whatever the provider does. */
describe('the life of a payment', () => {
  let database: TestDatabase;
  let api: Api;
  let simulator: Simulator;
  let worker: Worker;
  let shop: Shop;
  let ann: Caller & { id: string };
  const ledgerFile = join(tmpdir(), `holdfast-ledger-${newId()}.jsonl`);
  const playful = { SIMULATOR_LEDGER: ledgerFile, SIMULATOR_MAY_DIE: 'true', SIMULATOR_LATE_MS: '4000' };
  const fast = {
    OUTBOX_RETRY_DELAYS: '200ms,200ms,300ms,400ms',
    OUTBOX_LEASE: '3s',
    PAYMENT_CALL_TIMEOUT: '1s',
    PAYMENT_RECONCILE_AFTER: '2s',
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    simulator = await Simulator.start(api, playful);
    worker = await Worker.start(database, { ...simulator.environment, ...fast });
    shop = await Shop.open(api, database);
    ann = await shop.customer();
  });
  afterAll(async () => {
    // Until the worker has done what there is to do: only then have both to agree.
    await eventually(async () => expectInvariants(database, { moment: 'drained' }));
    await expectSameMoney(database, await simulator.ledger());
  });
  afterAll(async () => {
    for (const each of [worker, simulator, api]) await each.stop();
    await database.drop();
    rmSync(ledgerFile, { force: true });
  });

  const anOrder = async (price = '100.00', quantity = 2) => {
    const product = await shop.product({ stock: 10, price });
    const { body } = await ann.post('/v1/orders', items([product, quantity]));
    const now = async (): Promise<Json> => (await ann.get(`/v1/orders/${body.id}`)).body;
    return {
      ...{ id: body.id as string, product, now },
      becomes: (status: string, within?: number) =>
        eventually(async () => expect((await now()).status).toBe(status), within),
      stock: () => shop.onHand(product.id),
      undelivered: () =>
        database.query(`SELECT type FROM platform.outbox WHERE aggregate_id = $1 AND status <> 'sent'`, [body.id]),
      charges: async (): Promise<Charged[]> => (await simulator.ledger()).filter(({ orderId }) => orderId === body.id),
      path: async () => ((await ann.get(`/v1/orders/${body.id}/history`)).body as Json[]).map(({ to }) => to as string),
      net: async () =>
        (await simulator.ledger())
          .filter(({ orderId }) => orderId === body.id)
          .reduce((sum, one) => sum + netOf(one), 0),
    };
  };
  it('PAY-03 PAY-35 OBS-14 goes from reserved over payment_pending to paid by itself, for the exact amount', async () => {
    const order = await anOrder('2499.99');
    await order.becomes('paid');
    // The webhook of a quick provider may overtake its answer: then the order is paid without having been pending.
    const paths = [
      ['reserved', 'payment_pending', 'paid'],
      ['reserved', 'paid'],
    ];
    expect(paths).toContainEqual(await order.path());
    expect(await order.now()).toMatchObject({ payment: { status: 'captured', provider: 'simulator' } });
    expect((await order.charges()).map(({ captured }) => captured)).toEqual([{ amount: '4999.98', currency: 'GBP' }]);
    expect(await order.stock()).toBe(8);
  });

  it.each([
    ['paid', '100.00'],
    ['canceled', '6666.01'],
  ])('is logged at info, with what caused it and a request id, until it is %s', async (end, price) => {
    const requestId = newId();
    const product = await shop.product({ price });
    const { body } = await ann.post('/v1/orders', items([product, 1]), { 'x-request-id': requestId });
    const effects = () =>
      [...worker.lines, ...api.lines].filter(
        (line) => line['message'] === 'an event took effect' && line['aggregateId'] === body.id,
      );
    await eventually(async () => expect(effects().map(({ status }) => status)).toContain(end));
    const cause = end === 'paid' ? 'payment-captured' : 'payment-failed';
    expect(effects()).toMatchObject([
      { level: 'info', aggregate: 'Order', status: 'payment_pending', type: 'payments.payment-started', requestId },
      { level: 'info', aggregate: 'Order', status: end, type: `payments.${cause}`, requestId: expect.any(String) },
    ]);
  });

  it('ends canceled with its stock back when the card is declined: the amount chose so', async () => {
    const order = await anOrder('6666.01', 1);
    await order.becomes('canceled');
    expect([await order.stock(), await order.net()]).toEqual([10, 0]);
    expect((await order.now()).payment.status).toBe('failed');
  });

  it.each(['duplicate', 'out-of-order', 'delay'])('is paid once when webhooks come %s', async (mode) => {
    await simulator.next(mode);
    const order = await anOrder();
    await order.becomes('paid');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([(await order.now()).status, await order.stock(), (await order.charges()).length]).toEqual(['paid', 8, 1]);
  });

  it('PAY-24 is one charge under one key when the provider answers 500, 500, 200', async () => {
    const order = await anOrder('6666.06', 1);
    await order.becomes('paid');
    expect((await order.charges()).map(({ requests, status }) => [requests, status])).toEqual([[3, 'captured']]);
  });

  it('is paid once when the provider charges and never answers; others are not held up meanwhile', async () => {
    await simulator.next('hang');
    const hanging = await anOrder();
    const { body: others } = await ann.post('/v1/orders', items([hanging.product, 1]));
    await hanging.becomes('paid');
    expect((await hanging.charges()).length).toBe(1);
    const paid = await database.query(
      `SELECT order_id AS id FROM ordering.order_transitions
       WHERE order_id = ANY($1) AND to_status = 'paid' ORDER BY at`,
      [[hanging.id, others.id]],
    );
    expect(paid).toEqual([{ id: others.id }, { id: hanging.id }]);
  });

  it('is found and paid when its webhook never comes', async () => {
    await simulator.next('silent');
    const order = await anOrder();
    await order.becomes('payment_pending');
    await order.becomes('paid');
    expect((await order.charges()).length).toBe(1);
  });

  it('outlives a failed attempt: its stock stays held, and a later attempt pays', async () => {
    const order = await anOrder('6666.11', 1);
    const attemptFailed = () =>
      database.query(
        `SELECT 1 FROM platform.outbox WHERE type = 'payments.attempt-failed' AND payload ->> 'orderId' = $1`,
        [order.id],
      );
    await eventually(async () => expect(await attemptFailed()).toHaveLength(1));
    // The order follows by an event of its own.
    const pending = { status: 'payment_pending', payment: { status: 'pending' } };
    await eventually(async () => expect(await order.now()).toMatchObject(pending));
    expect(await order.stock()).toBe(9);
    const [{ key }] = await order.charges();
    expect(await simulator.payAgain(key)).toBe(200);
    await order.becomes('paid');
    expect(await simulator.payAgain(key)).toBe(409);
    expect([await order.stock(), await order.charges()]).toMatchObject([9, [{ key, status: 'captured', requests: 1 }]]);
  });

  it('waits for a bank that is processing it, and is paid then', async () => {
    const order = await anOrder('6666.12', 1);
    await eventually(async () => expect((await order.charges())[0]?.status).toBe('processing'));
    await order.becomes('paid');
    expect(await order.path()).toEqual(['reserved', 'payment_pending', 'paid']);
    expect([await order.stock(), (await order.charges()).length]).toEqual([9, 1]);
  });

  it('sends the money back when the customer cancels while a bank is processing it', async () => {
    const order = await anOrder('6666.12', 1);
    await eventually(async () => expect((await order.charges())[0]?.status).toBe('processing'));
    expect((await ann.post(`/v1/orders/${order.id}/cancel`)).status).toBe(200);
    await eventually(async () => expect((await order.charges())[0].refunds).toHaveLength(1));
    expect([await order.net(), await order.stock(), (await order.now()).status]).toEqual([0, 10, 'canceled']);
  });

  it('PAY-28 is voided when the customer cancels while it is pending', async () => {
    await simulator.next('late');
    const order = await anOrder();
    await order.becomes('payment_pending');
    expect((await ann.post(`/v1/orders/${order.id}/cancel`)).status).toBe(200);
    expect(await order.stock()).toBe(10);
    await eventually(async () => expect((await order.charges()).map(({ status }) => status)).toEqual(['voided']));
    expect((await order.now()).payment.status).toBe('canceled');
  });

  it('is refunded in parts and in full, at the provider too', async () => {
    const order = await anOrder();
    await order.becomes('paid');
    const refund = (amount?: string) =>
      shop.admin.post(`/v1/orders/${order.id}/refunds`, {
        ...(amount && { amount: { amount, currency: 'GBP' } }),
        reason: 'broken',
      });
    await refund('150.00');
    await eventually(async () => expect((await order.now()).payment.status).toBe('partially_refunded'));
    expect(await order.net()).toBe(50);
    expect((await refund('60.00')).status).toBe(409);
    await refund();
    await eventually(async () => expect((await order.now()).payment.status).toBe('refunded'));
    expect([await order.net(), await order.stock(), (await order.now()).status]).toEqual([0, 10, 'canceled']);
  });

  it('never pays an order with another amount, and sends that money back when the order ends', async () => {
    await simulator.next('wrong-amount');
    const order = await anOrder();
    await eventually(async () => expect((await order.charges())[0]?.status).toBe('captured'));
    await ann.post(`/v1/orders/${order.id}/cancel`);
    await eventually(async () => expect(await order.net()).toBe(0));
    expect((await order.now()).status).toBe('canceled');
  });

  describe('with a second provider', () => {
    let stripe: StripeStub;

    beforeAll(async () => {
      stripe = await StripeStub.start();
    });
    afterAll(() => stripe.close());

    const restartWorker = async (providers: string) => {
      await worker.stop();
      worker = await Worker.start(database, {
        ...{ ...simulator.environment, ...fast, PAYMENT_PROVIDERS: providers },
        ...{
          STRIPE_SECRET_KEY: 'sk_test_stub',
          STRIPE_WEBHOOK_SECRETS: 'whsec_stripe-for-these-tests',
          STRIPE_API_URL: stripe.url,
        },
      });
    };

    it('INV-14 does not turn to it when the first times out after it charged: that was the one charge', async () => {
      await restartWorker('simulator,stripe');
      await simulator.next('hang');
      const order = await anOrder();
      await order.becomes('paid', 30_000);
      expect((await order.charges()).map(({ status }) => status)).toEqual(['captured']);
      expect(stripe.calls).toEqual([]);
    });

    it.each(['simulator', 'simulator,stripe'])(
      'PAY-23 knows no better when the first (of %s) dies after it charged and stays away: it waits, and it was one charge',
      async (providers) => {
        await restartWorker(providers);
        await simulator.next('die');
        const order = await anOrder();
        await eventually(async () => expect(simulator.child.exitCode).toBe(1));
        await worker.logged('a call to a payment provider is left to the reconciliation');
        expect([(await order.now()).status, await order.stock()]).toEqual(['reserved', 8]);
        await eventually(async () => expect(await order.undelivered()).toEqual([])); // nothing waits behind it

        const { port } = new URL(simulator.url);
        simulator = await Simulator.start(api, { ...playful, SIMULATOR_PORT: port });
        await order.becomes('paid', 30_000);
        expect((await order.charges()).map(({ status }) => status)).toEqual(['captured']);
        expect(stripe.calls).toEqual([]);
      },
    );
  });

  it.each(['worker', 'api'])(
    'survives a killed %s',
    async (victim) => {
      const orders = await Promise.all(Array.from({ length: 5 }, () => anOrder()));
      if (victim === 'worker') {
        await worker.stop('SIGKILL');
        worker = await Worker.start(database, { ...simulator.environment, ...fast });
      } else {
        const { port } = new URL(api.url);
        await api.stop('SIGKILL');
        api = await Api.start(database, { PORT: port });
      }
      for (const order of orders) await order.becomes('paid', 70_000);
      for (const order of orders) expect((await order.charges()).length).toBe(1);
    },
    100_000,
  );

  it('PAY-23 cancels what no provider takes on in time, and holds up nothing that comes after', async () => {
    await worker.stop();
    const delays = [100, 200, 400, 800, 1_600];
    worker = await Worker.start(database, {
      ...{ ...fast, PAYMENT_START_TIMEOUT: '8s', OUTBOX_RETRY_DELAYS: delays.map((delay) => `${delay}ms`).join() },
      ...{ PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: await nowhere(), PAYMENT_CALL_TIMEOUT: '30s' },
    });
    const order = await anOrder();
    await order.becomes('canceled', 60_000);
    expect([await order.stock(), (await order.charges()).length]).toEqual([10, 0]);

    // How many tries the start timeout leaves room for is the machine's affair; none comes early, and none is the last.
    const failed = worker.lines.filter(({ message }) => message === 'an event could not be handled');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.map(({ attempt, dead }) => [attempt, dead])).toEqual(failed.map((_, i) => [i + 1, false]));
    const [{ cause }] = await database.query<{ cause: string }>(
      `SELECT cause FROM ordering.order_transitions WHERE order_id = $1 AND to_status = 'canceled'`,
      [order.id],
    );
    expect(cause).toBe('payment failed: no payment provider took it on in time');
    const tries = failed.map(({ timestamp }) => new Date(timestamp as string).getTime());
    tries.slice(1).forEach((at, i) => expect(at - tries[i]).toBeGreaterThanOrEqual(delays[i]));

    // Nothing is left for an admin to do: the event is dealt with, and what follows from it is delivered.
    await eventually(async () => expect(await order.undelivered()).toEqual([]));
    const events = await database.query(
      `SELECT type, status, attempts FROM platform.outbox WHERE aggregate_id = $1 ORDER BY sequence`,
      [order.id],
    );
    expect(events).toEqual([
      { type: 'ordering.order-placed', status: 'sent', attempts: failed.length + 1 },
      { type: 'ordering.order-canceled', status: 'sent', attempts: 1 },
    ]);
    const { body: letters } = await shop.admin.get('/v1/admin/outbox?status=dead');
    expect(letters.items).toEqual([]);
    const messages = await database.query(
      'SELECT occasion FROM notifications.messages WHERE order_id = $1 ORDER BY id',
      [order.id],
    );
    expect(messages).toEqual([{ occasion: 'placed' }, { occasion: 'canceled' }]);
  }, 90_000);

  it('PAY-27 cancels what is not paid in time, and has it voided', async () => {
    await worker.stop();
    worker = await Worker.start(database, {
      ...fast,
      ...simulator.environment,
      PAYMENT_TIMEOUT: '1s',
      PAYMENT_RECONCILE_AFTER: '60s',
    });
    await simulator.next('late');
    const late = await anOrder();
    await late.becomes('canceled');
    expect([await late.stock(), (await late.path()).at(-1)]).toEqual([10, 'canceled']);
    await eventually(async () => expect((await late.charges()).map(({ status }) => status)).toEqual(['voided']));
  }, 90_000);
});
