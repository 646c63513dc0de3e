import { Api, type Caller, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectInvariants, expectSameMoney } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { deliverWebhook } from '../../support/webhooks';

const ORDERS = 100;
const STOCK = 1_000;
interface Fate {
  orders: number;
  units: number;
}

/** A slow machine is no finding. */
const PATIENCE = 120_000;

describe('many orders, and a provider that', () => {
  let database: TestDatabase;
  let api: Api;
  let simulator: Simulator;
  let worker: Worker;
  let shop: Shop;
  let customers: Caller[];

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    simulator = await Simulator.start(api);
    worker = await Worker.start(database, simulator.environment);
    shop = await Shop.open(api, database);
    customers = await shop.customers(20);
  });
  afterAll(async () => {
    await eventually(() => expectInvariants(database, { moment: 'drained', attempts: 6 }), PATIENCE);
    await expectSameMoney(database, await simulator.ledger());
  }, 2 * PATIENCE);
  afterAll(async () => {
    for (const each of [worker, simulator, api]) await each.stop();
    await database.drop();
  });

  /** Each customer orders one, two or three units again and again; what became of it all. */
  const trade = async (...modes: [mode: string, times: number][]) => {
    for (const mode of modes) await simulator.next(...mode);
    const product = await shop.product({ stock: STOCK, price: '3.10' });
    const placed = customers.map(async (customer, n) => {
      for (let i = 0; i < ORDERS / customers.length; i++)
        expect((await customer.post('/v1/orders', items([product, 1 + ((n + i) % 3)]))).status).toBe(201);
    });
    await Promise.all(placed);
    const outcome = async (): Promise<{ paid?: Fate; canceled?: Fate }> => {
      const rows = await database.query<Fate & { status: string }>(
        `SELECT status, count(*)::int AS orders, sum(quantity)::int AS units
         FROM ordering.orders o JOIN ordering.order_lines l ON l.order_id = o.id WHERE product_id = $1 GROUP BY status`,
        [product.id],
      );
      return Object.fromEntries(rows.map(({ status, ...counts }) => [status, counts]));
    };
    await eventually(async () => {
      const { paid, canceled } = await outcome();
      expect((paid?.orders ?? 0) + (canceled?.orders ?? 0)).toBe(ORDERS);
    }, PATIENCE);
    return { ...(await outcome()), stock: await shop.onHand(product.id) };
  };

  it(
    'PAY-05 declines all: all canceled, and all stock back',
    async () => {
      const { canceled, stock } = await trade(['decline', ORDERS]);
      expect([canceled?.orders, stock]).toEqual([ORDERS, STOCK]);
    },
    2 * PATIENCE,
  );

  it(
    'PAY-05 approves all: all paid',
    async () => {
      const { paid, stock } = await trade();
      expect([paid?.orders, stock]).toEqual([ORDERS, STOCK - paid!.units]);
    },
    2 * PATIENCE,
  );

  it(
    'PAY-05 approves four in five: the others are canceled, and only the paid are gone from the stock',
    async () => {
      const inTurns = Array.from(
        { length: ORDERS / 5 },
        () =>
          [
            ['decline', 1],
            ['approve', 4],
          ] as [string, number][],
      );
      const { paid, canceled, stock } = await trade(...inTurns.flat());
      expect([paid?.orders, canceled?.orders]).toEqual([ORDERS * 0.8, ORDERS * 0.2]);
      expect(stock).toBe(STOCK - paid!.units);
    },
    2 * PATIENCE,
  );
});

describe('PAY-06 a provider that is disabled', () => {
  let database: TestDatabase;
  let api: Api;
  let simulator: Simulator;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    simulator = await Simulator.start(api);
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    for (const each of [simulator, api]) await each.stop();
    await database.drop();
  });

  const whileDisabled = async (environment: NodeJS.ProcessEnv, work: (customer: Caller) => Promise<void>) => {
    await simulator.disable(true);
    const worker = await Worker.start(database, { ...simulator.environment, ...environment });
    try {
      await work(await shop.customer());
      await eventually(() => expectInvariants(database, { moment: 'drained' }), PATIENCE);
      await expectSameMoney(database, await simulator.ledger());
    } finally {
      await worker.stop();
    }
  };
  const statusOf = async (customer: Caller, id: string) =>
    (await customer.get(`/v1/orders/${id}`)).body.status as string;

  it('answers 503; an order waits for it, and is charged once when it is back', async () => {
    await whileDisabled({ OUTBOX_RETRY_DELAYS: '500ms,2s,4s,8s,16s' }, async (customer) => {
      const { status } = await fetch(`${simulator.url}/v1/payments`, { method: 'POST', body: '{}' });
      expect(status).toBe(503);
      const { body: order } = await customer.post('/v1/orders', items([await shop.product(), 1]));
      await eventually(async () => {
        const sql = 'SELECT last_error FROM platform.outbox WHERE aggregate_id = $1';
        expect(await database.query(sql, [order.id])).toMatchObject([{ last_error: expect.stringContaining('503') }]);
      });
      expect(await statusOf(customer, order.id)).toBe('reserved');
      await simulator.disable(false);
      await eventually(async () => expect(await statusOf(customer, order.id)).toBe('paid'), PATIENCE);
      const charges = (await simulator.ledger()).filter(({ orderId }) => orderId === order.id);
      expect(charges.map(({ requests }) => requests)).toEqual([1]);
    });
  }, 150_000);

  it('and stays so beyond PAYMENT_START_TIMEOUT ends its orders; what a 503 may hide is voided when it answers', async () => {
    const impatient = { OUTBOX_RETRY_DELAYS: '100ms', PAYMENT_START_TIMEOUT: '2s', PAYMENT_RECONCILE_AFTER: '1s' };
    await whileDisabled(impatient, async (customer) => {
      const product = await shop.product();
      const { body: order } = await customer.post('/v1/orders', items([product, 3]));
      await eventually(async () => expect(await statusOf(customer, order.id)).toBe('canceled'));
      expect(await shop.onHand(product.id)).toBe(10);
      const attempts = () =>
        database.query(
          `SELECT a.status FROM payments.attempts a JOIN payments.payments p ON p.id = a.payment_id
           WHERE p.order_id = $1`,
          [order.id],
        );
      expect(await attempts()).toEqual([{ status: 'started' }]);
      await simulator.disable(false);
      await eventually(async () => expect(await attempts()).toEqual([{ status: 'voided' }]), PATIENCE);
    });
  }, 150_000);

  it('is none in production or unless it is named: there is no simulator, nor a route for it', async () => {
    for (const NODE_ENV of ['production', 'development']) {
      const unnamed = await Api.start(database, { NODE_ENV, PAYMENT_PROVIDERS: '', METRICS_PORT: '0' });
      const { status, body } = await deliverWebhook(unnamed, { orderId: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' });
      expect([NODE_ENV, status, body.code]).toEqual([NODE_ENV, 404, 'payment-provider-unknown']);
      await unnamed.stop();
    }
    await expect(Worker.start(database, { ...simulator.environment, NODE_ENV: 'production' })).rejects.toThrow(
      'PAYMENT_PROVIDERS names a provider that collects no money, in production',
    );
    await expect(Simulator.start(api, { ...testEnvironment(database.url), NODE_ENV: 'production' })).rejects.toThrow(
      'NODE_ENV must not be production',
    );
  });
});
