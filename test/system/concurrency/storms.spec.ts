import { newId } from '@holdfast/shared-kernel';
import { bank } from '@holdfast/testbed';
import { Api, type Answer, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { storm, tally } from '../../support/storm';

type Buyer = Caller & { id: string };

/** Two API processes on one database: every claim here is about processes, not about one event loop. */
describe('with two API processes on one database', () => {
  let database: TestDatabase;
  let apis: Api[];
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    // Both start on a pool smaller than the crowd: waiting for a connection is part of the storm.
    apis = await Promise.all([
      Api.start(database, { DATABASE_POOL_SIZE: '10' }),
      Api.start(database, { DATABASE_POOL_SIZE: '10' }),
    ]);
    shop = await Shop.open(apis[0], database);
  });
  afterEach(async () => {
    await expectInvariants(database);
    const errors = apis.flatMap(({ lines }) => lines.filter(({ level }) => level === 'error' || level === 'fatal'));
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    for (const api of apis) expect(await api.stop()).toBe(0);
    await database.drop();
  });

  /** One customer with a hand in each process. */
  const twoHands = (buyer: Buyer): Buyer[] => apis.map((api) => Object.assign(api.as(buyer.token), { id: buyer.id }));
  const buyers = async (n: number) => (await shop.customers(n)).map((buyer, i) => twoHands(buyer)[i % 2]);

  /** INV-25 to INV-28: what the clients were answered is what the tables hold, and a refusal left nothing. */
  const expectClientView = async (productIds: string[], answers: Answer<Json>[], alreadySold = 0) => {
    const acknowledged = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    const orders = new Map(acknowledged.map((order) => [order.id as string, order]));
    const rows = await database.query<{ id: string; units: number }>(
      `SELECT o.id, sum(l.quantity)::int AS units FROM ordering.orders o JOIN ordering.order_lines l ON l.order_id = o.id
       WHERE EXISTS (SELECT FROM ordering.order_lines x WHERE x.order_id = o.id AND x.product_id = ANY($1)) GROUP BY o.id`,
      [productIds],
    );
    expect(rows.map(({ id }) => id).sort()).toEqual([...orders.keys()].sort());
    const units = [...orders.values()]
      .flatMap(({ items: lines }) => lines as Json[])
      .reduce((sum, { quantity }) => sum + Number(quantity), 0);
    expect(rows.reduce((sum, row) => sum + row.units, 0)).toBe(units);
    const events = await database.query('SELECT 1 FROM platform.outbox WHERE aggregate_id = ANY($1) AND type = $2', [
      [...orders.keys()],
      'ordering.order-placed',
    ]);
    expect(events).toHaveLength(orders.size);
    return units + alreadySold;
  };

  it('sells 10 units to exactly 10 of 200 buyers', async () => {
    const product = await shop.product({ stock: 10 });
    const answers = await storm(
      (await buyers(200)).map((buyer) => () => buyer.post('/v1/orders', items([product, 1]))),
    );
    expect(tally(answers)).toEqual({ 201: 10, 409: 190 });
    expect(answers.filter(({ status }) => status === 409).every(({ body }) => body.code === 'insufficient-stock')).toBe(
      true,
    );
    expect(await shop.onHand(product.id)).toBe(0);
    const sold = await database.query('SELECT 1 FROM catalog.stock_movements WHERE product_id = $1 AND kind = $2', [
      product.id,
      'order-placed',
    ]);
    expect(sold).toHaveLength(10);
    expect(await expectClientView([product.id], answers)).toBe(10);
  });

  it('CONC-06 serves {A,B} against {B,A} 1,000 times, and no client sees an error', async () => {
    const [a, b] = [await shop.product({ stock: 5_000 }), await shop.product({ stock: 5_000 })];
    const crowd = await buyers(50);
    const jobs = Array.from(
      { length: 1_000 },
      (_, i) => () => crowd[i % 50].post('/v1/orders', i % 2 ? items([a, 1], [b, 1]) : items([b, 1], [a, 1])),
    );
    // INV-05: units on the shelf and units in orders are the same number in every snapshot, in mid-storm too.
    const units = await bank(database.url);
    const snapshots: bigint[] = [];
    let raging = true;
    const watching = (async () => {
      while (raging) snapshots.push(await bank(database.url));
    })();
    const answers = await storm(jobs, 50);
    raging = false;
    await watching;
    expect(snapshots.length).toBeGreaterThan(3);
    expect(new Set(snapshots)).toEqual(new Set([units]));
    expect(tally(answers)).toEqual({ 201: 1_000 });
    expect([await shop.onHand(a.id), await shop.onHand(b.id)]).toEqual([4_000, 4_000]);
    const retried = apis.flatMap(({ lines }) => lines.filter(({ message }) => /lost a conflict/.test(String(message))));
    expect(retried).toEqual([]); // not even unseen: the order of the locks leaves nothing to deadlock on
  });

  it('IDEM-08 IDEM-23 makes one order of 20 identical posts for the last unit', async () => {
    const [product, [buyer], key] = [await shop.product({ stock: 1 }), await shop.customers(1), newId()];
    const hands = twoHands(buyer);
    const answers = await storm(
      Array.from(
        { length: 20 },
        (_, i) => () => hands[i % 2].post('/v1/orders', items([product, 1]), { 'idempotency-key': key }),
      ),
    );
    expect(tally(answers)).toEqual({ 201: 20 });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(await shop.onHand(product.id)).toBe(0);
  });

  it('adds up exactly when 50 orders meet 10 stock adjustments', async () => {
    const product = await shop.product({ stock: 100 });
    const admins = apis.map((api) => api.as(shop.admin.token));
    const orders = (await buyers(50)).map((buyer) => () => buyer.post('/v1/orders', items([product, 2])));
    const adjustments = Array.from(
      { length: 10 },
      (_, i) => () =>
        admins[i % 2].post(`/v1/products/${product.id}/stock-adjustments`, { delta: i % 2 ? 7 : -3, reason: 'count' }),
    );
    const jobs = orders.flatMap((order, i) => (i % 5 ? [order] : [adjustments[i / 5], order]));
    const answers = await storm(jobs);
    const sold = answers.filter(({ status, body }) => status === 201 && 'number' in (body as object)).length;
    const adjusted = answers
      .filter(({ status, body }) => status === 201 && 'delta' in (body as object))
      .reduce((sum, { body }) => sum + Number(body.delta), 0);
    expect(answers.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
    expect(await shop.onHand(product.id)).toBe(100 - 2 * sold + adjusted);
    expect(sold).toBeGreaterThanOrEqual(45);
  });

  it('CONC-08 restocks once when 10 cancels of one order meet', async () => {
    const [product, [buyer]] = [await shop.product({ stock: 10 }), await shop.customers(1)];
    const { body: order } = await buyer.post('/v1/orders', items([product, 3]));
    const hands = twoHands(buyer);
    const answers = await storm(
      Array.from({ length: 10 }, (_, i) => () => hands[i % 2].post(`/v1/orders/${order.id}/cancel`)),
    );
    expect(tally(answers)).toEqual({ 200: 1, 409: 9 });
    expect(await shop.onHand(product.id)).toBe(10);
    expect(
      await database.query('SELECT 1 FROM platform.outbox WHERE aggregate_id = $1 AND type = $2', [
        order.id,
        'ordering.order-canceled',
      ]),
    ).toHaveLength(1);
  });

  it.each([
    ['CONC-02', 1, 5, 1, 1],
    ['CONC-03', 1, 50, 1, 1],
    ['CONC-21', 10, 5, 3, 3],
    ['CONC-22', 5, 10, 1, 5],
  ])(
    '%s with %i in stock, %i buyers of %i each: exactly %i are served',
    async (_case, stock, crowd, quantity, winners) => {
      const product = await shop.product({ stock });
      const answers = await storm(
        (await buyers(crowd)).map((buyer) => () => buyer.post('/v1/orders', items([product, quantity]))),
      );
      expect(tally(answers)).toEqual({ 201: winners, 409: crowd - winners });
      expect(await shop.onHand(product.id)).toBe(stock - winners * quantity);
    },
  );

  it('CONC-20 serves as many baskets as the scarcest product allows', async () => {
    const [a, b, c] = [
      await shop.product({ stock: 50 }),
      await shop.product({ stock: 40 }),
      await shop.product({ stock: 30 }),
    ];
    const answers = await storm(
      (await buyers(100)).map((buyer) => () => buyer.post('/v1/orders', items([c, 1], [a, 1], [b, 1]))),
    );
    expect(tally(answers)).toEqual({ 201: 30, 409: 70 });
    expect(await Promise.all([a, b, c].map(({ id }) => shop.onHand(id as string)))).toEqual([20, 10, 0]);
  });

  it('CONC-13 answers 200 many-line orders through small pools, and leaves the pools idle', async () => {
    const products = await Promise.all(Array.from({ length: 20 }, () => shop.product({ stock: 500 })));
    const basket = (i: number) =>
      items(...products.map((product, n): [Json, number] => [products[(n * 7 + i) % 20] ?? product, 1]));
    const answers = await storm((await buyers(200)).map((buyer, i) => () => buyer.post('/v1/orders', basket(i))));
    expect(tally(answers)).toEqual({ 201: 200 });
    await eventually(async () => {
      const busy = await database.query(
        `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast' AND state <> 'idle'`,
      );
      expect(busy).toEqual([]);
    });
  });

  it('CONC-23 serves 300 orders of one customer for 300 units, each once', async () => {
    const [product, [buyer]] = [await shop.product({ stock: 300 }), await shop.customers(1)];
    const hands = twoHands(buyer);
    const answers = await storm(
      Array.from({ length: 300 }, (_, i) => async () => {
        const key = newId();
        for (;;) {
          const answer = await hands[i % 2].post('/v1/orders', items([product, 1]), { 'idempotency-key': key });
          if (answer.status !== 503) return answer;
        }
      }),
    );
    expect(tally(answers)).toEqual({ 201: 300 });
    expect(await shop.onHand(product.id)).toBe(0);
  });
});
