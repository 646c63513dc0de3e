import { Client } from 'pg';
import { checkInvariants, type Finding } from '@holdfast/testbed';
import { Api, type Answer, type Caller, type Json, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { storm, tally } from '../../support/storm';

type Buyer = Caller & { id: string };

let database: TestDatabase;
let apis: Api[];
let worker: Worker;
let shop: Shop;

/** Two API processes, and one worker that sweeps every 100 ms. */
async function start(environment: NodeJS.ProcessEnv = {}, { sweeping = true } = {}): Promise<void> {
  database = await createTestDatabase();
  const api = () => Api.start(database, { DATABASE_POOL_SIZE: '10', ...environment });
  apis = await Promise.all([api(), api()]);
  shop = await Shop.open(apis[0], database);
  if (sweeping) await startSweeping();
}

async function startSweeping(): Promise<void> {
  worker = await Worker.start(database, { SWEEP_INTERVAL: '100ms', DATABASE_POOL_SIZE: '4' });
}

async function stop(): Promise<void> {
  for (const each of [...apis, worker]) expect(await each.stop()).toBe(0);
  const lines = [...apis, worker].flatMap((each) => each.lines);
  expect(lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  // No deadlock was retried either: locks are taken in one order.
  expect(lines.filter(({ message }) => /lost a conflict/.test(String(message)))).toEqual([]);
  await database.drop();
}

/** One customer as a caller of each process. */
const callersOf = ({ id, token }: Buyer): Buyer[] => apis.map((api) => Object.assign(api.as(token), { id }));
const buyers = async (n: number) => (await shop.customers(n)).map((buyer, i) => callersOf(buyer)[i % 2]);
const set = (buyer: Buyer, { id }: Json, quantity: number) => buyer.put(`/v1/cart/items/${id}`, { quantity });
const cartOf = async (buyer: Buyer) => (await buyer.get('/v1/cart')).body;
const seenBy = async (caller: Caller, { id }: Json) => (await caller.get(`/v1/products/${id}`)).body.stock as number;

describe('carts, with two API processes on one database', () => {
  beforeAll(() => start());
  afterEach(() => expectInvariants(database));
  afterAll(stop);

  it('hold 10 units for exactly 10 of 100 customers, who can all order them', async () => {
    const product = await shop.product({ stock: 10 });
    const crowd = await buyers(100);
    const answers = await storm(crowd.map((buyer) => () => buyer.post('/v1/cart/items', items([product, 1]))));
    expect(tally(answers)).toEqual({ 200: 10, 409: 90 });
    expect(answers.filter(({ status }) => status === 409).map(({ body }) => body.code)).toEqual(
      Array(90).fill('insufficient-stock'),
    );
    expect([await shop.holds(product.id), await seenBy(shop.admin, product)]).toMatchObject([{ length: 10 }, 0]);
    // Customers without a hold order while those with one check out.
    const orders = await storm(
      crowd.map(
        (buyer, i) => () =>
          answers[i].status === 200
            ? buyer.post('/v1/cart/checkout', {})
            : buyer.post('/v1/orders', items([product, 1])),
      ),
    );
    expect(orders.map(({ status }) => status)).toEqual(answers.map(({ status }) => (status === 200 ? 201 : 409)));
    expect([await shop.onHand(product.id), await shop.holds(product.id)]).toEqual([0, []]);
  });

  it('take ten parallel adds of different products, the first ones included, into one cart', async () => {
    const products = await Promise.all(Array.from({ length: 10 }, () => shop.product()));
    for (const buyer of await shop.customers(5)) {
      const callers = callersOf(buyer);
      const answers = await storm(
        products.map((product, i) => () => callers[i % 2].post('/v1/cart/items', items([product, 1]))),
      );
      expect(tally(answers)).toEqual({ 200: 10 });
      const { items: lines } = await cartOf(buyer);
      expect(lines.map(({ productId }: Json) => productId as string).sort()).toEqual(
        products.map(({ id }) => id as string).sort(),
      );
      expect(lines.every(({ held }: Json) => held === 1)).toBe(true);
    }
  });

  it('count every one of 30 parallel adds of one product', async () => {
    const [product, [buyer]] = [await shop.product({ stock: 25 }), await shop.customers(1)];
    const callers = callersOf(buyer);
    const answers = await storm(
      Array.from({ length: 30 }, (_, i) => () => callers[i % 2].post('/v1/cart/items', items([product, 1]))),
    );
    expect(tally(answers)).toEqual({ 200: 25, 409: 5 });
    expect((await cartOf(buyer)).items).toMatchObject([{ quantity: 25, held: 25 }]);
  });

  it('are ordered once when ten checkouts of one cart meet, under as many keys', async () => {
    const [product, [buyer]] = [await shop.product({ stock: 10 }), await shop.customers(1)];
    await set(buyer, product, 3);
    const callers = callersOf(buyer);
    const answers = await storm(
      Array.from({ length: 10 }, (_, i) => () => callers[i % 2].post('/v1/cart/checkout', {})),
    );
    expect(tally(answers)).toEqual({ 201: 1, 422: 9 });
    expect(await shop.onHand(product.id)).toBe(7);
  });

  it('do not deadlock when customers list the same products in different orders', async () => {
    const products = await Promise.all(Array.from({ length: 6 }, () => shop.product({ stock: 1_000 })));
    const crowd = await buyers(20);
    const jobs = crowd.flatMap((buyer, n) =>
      products.map((_, i) => () => {
        const basket = items(
          ...products.map((_each, k): [Json, number] => [products[(k * (n % 2 ? 5 : 1) + i + n) % 6], 1]),
        );
        return (n + i) % 3 ? buyer.post('/v1/cart/items', basket) : buyer.post('/v1/orders', basket);
      }),
    );
    expect(Object.keys(tally(await storm(jobs, 40))).sort()).toEqual(['200', '201']);
  });

  it('never exceed the unit limit of a customer who orders and fills the cart at once', async () => {
    const [product, [buyer]] = [await shop.product({ stock: 100, unitLimit: 7 }), await shop.customers(1)];
    const callers = callersOf(buyer);
    const answers = await storm(
      Array.from({ length: 20 }, (_, i) => () => callers[i % 2].post('/v1/orders', items([product, 1]))),
    );
    expect(tally(answers)).toEqual({ 201: 7, 409: 13 });
    expect(answers.filter(({ status }) => status === 409).map(({ body }) => body.code)).toEqual(
      Array(13).fill('unit-limit-exceeded'),
    );
  });

  describe('a customer who waits for the lock of a product', () => {
    let other: Client;
    let ann: Buyer;
    let bob: Buyer;
    let product: Json;

    beforeEach(async () => {
      product = await shop.product({ stock: 5 });
      [ann, bob] = await buyers(2);
      other = new Client(database.url);
      await other.connect();
    });
    afterEach(() => other.end());

    /** Sends while another transaction locks the product; that transaction then runs the statements and commits. */
    const meanwhile = async (send: () => Promise<Answer<Json>>, ...statements: string[]): Promise<Answer<Json>> => {
      await other.query(`BEGIN; SELECT FROM catalog.products WHERE id = '${product.id}' FOR UPDATE`);
      const answer = send();
      await eventually(async () => {
        const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        expect(await database.query(waiting)).toHaveLength(1);
      });
      for (const statement of statements) await other.query(statement);
      await other.query('COMMIT');
      return answer;
    };
    const bobHolds = (quantity: number) => `
      INSERT INTO cart.carts VALUES ('${bob.id}', 1, now());
      INSERT INTO cart.lines VALUES ('${bob.id}', '${product.id}', ${quantity}, 1);
      INSERT INTO catalog.holds VALUES ('${product.id}', '${bob.id}', ${quantity}, now() + interval '1 hour')`;

    it.each<[string, (buyer: Buyer) => Promise<Answer<Json>>]>([
      ['puts it into the cart', (buyer) => set(buyer, product, 3)],
      ['orders it', (buyer) => buyer.post('/v1/orders', items([product, 3]))],
    ])('and %s sees the hold that was made meanwhile', async (_, send) => {
      const { status, body } = await meanwhile(() => send(ann), bobHolds(3));
      expect([status, body.items]).toEqual([409, [{ productId: product.id, requested: 3, available: 2 }]]);
    });

    it('sees that a hold has expired meanwhile', async () => {
      await set(bob, product, 4);
      const { status } = await meanwhile(
        () => set(ann, product, 3),
        `UPDATE catalog.holds SET expires_at = clock_timestamp() + interval '20 ms' WHERE product_id = '${product.id}'`,
        'SELECT pg_sleep(0.1)',
      );
      expect(status).toBe(200);
    });

    it('does not extend a hold that another customer has seen expire', async () => {
      const another = await shop.product();
      await set(ann, product, 3);
      await shop.lapse(product);
      // Ann changes another line: her hold on this product would be extended with it.
      const { status, body } = await meanwhile(() => set(ann, another, 1), bobHolds(3));
      expect([status, body.items]).toMatchObject([200, [{ quantity: 3, held: 0, available: 2 }, { held: 1 }]]);
      expect((await shop.holds(product.id)).filter(({ alive }) => alive)).toMatchObject([{ owner: bob.id }]);
    });
  });
});

/** No hold is left, once all have ended and the pause after them is over. */
const untilSwept = () =>
  eventually(async () => {
    await shop.passPauses();
    expect(await database.query('SELECT 1 FROM catalog.holds')).toEqual([]);
  });

describe('carts whose holds last a third of a second', () => {
  const STOCK = 60;

  beforeAll(() => start({ CART_HOLD_TTL: '300ms' }));
  afterAll(stop);

  /** The next call of a customer; all calls are about the same few products. */
  const act = (buyer: Buyer, products: Json[], n: number): Promise<Answer<Json>> => {
    const [product, other] = [products[n % products.length], products[(n + 1) % products.length]];
    switch (n % 7) {
      case 0:
      case 1:
        return buyer.post('/v1/cart/items', items([other, 9], [product, 12]));
      case 2:
        return set(buyer, product, 20);
      case 3:
        return set(buyer, product, 1);
      case 4:
        return n % 3 ? set(buyer, other, 15) : buyer.post('/v1/cart/checkout', {});
      case 5:
        return buyer.post('/v1/orders', items([product, 1]));
      default:
        return n % 3 ? buyer.delete(`/v1/cart/items/${product.id}`) : buyer.delete('/v1/cart');
    }
  };

  it.each([
    ['orders and the sweeper', 0],
    ['orders, the sweeper and an admin who cuts and restocks', 5],
  ])('keep every promise in every snapshot when they and their ends meet %s', async (_, adjustEvery) => {
    const products = await Promise.all([1, 2, 3].map(() => shop.product({ stock: STOCK })));
    const crowd = await buyers(24);
    const admins = apis.map((api) => api.as(shop.admin.token));
    const jobs = Array.from({ length: 480 }, (_each, i) => () => {
      const product = products[i % 3];
      if (adjustEvery && i % adjustEvery === 0)
        return admins[i % 2].post(`/v1/products/${product.id}/stock-adjustments`, {
          ...{ delta: i % 2 ? 6 : -6, reason: 'count' },
        });
      return act(crowd[i % 24], products, i + Math.floor(i / 24));
    });

    const snapshots: Finding[][] = [];
    let raging = true;
    const watching = (async () => {
      while (raging) snapshots.push(await checkInvariants(database.url, 'always'));
    })();
    const answers = await storm(jobs, 24);
    raging = false;
    await watching;

    expect(snapshots.length).toBeGreaterThan(3);
    expect(snapshots.flat().filter(({ violations }) => violations.length)).toEqual([]);
    const unexpected = answers.filter(
      ({ status, body }) => ![200, 201, 204, 409].includes(status) && body.code !== 'cart-empty',
    );
    expect(unexpected).toEqual([]);
    // Each outcome occurred; otherwise the test proves nothing.
    const counts = tally(answers);
    expect([counts[200], counts[201], counts[409]].every((count) => count > 10)).toBe(true);

    await untilSwept();
    await expectInvariants(database);
    for (const product of products) expect(await seenBy(crowd[0], product)).toBe(await shop.onHand(product.id));
  });
});

describe('with no sweeper at all', () => {
  beforeAll(() => start({ CART_HOLD_TTL: '1s' }, { sweeping: false }));
  afterAll(async () => {
    // The invariants at the end require that expired holds were swept.
    await startSweeping();
    await untilSwept();
    await expectInvariants(database);
    await stop();
  });

  it('neither leaks nor oversells: abandoned units are sold again, each once', async () => {
    const product = await shop.product({ stock: 10 });
    const [abandoning, buying] = [await buyers(20), await buyers(30)];
    await storm(abandoning.map((buyer) => () => buyer.post('/v1/cart/items', items([product, 1]))));
    await eventually(async () => expect(await seenBy(buying[0], product)).toBe(10));
    expect(await shop.holds(product.id)).not.toEqual([]);
    const answers = await storm(buying.map((buyer) => () => buyer.post('/v1/orders', items([product, 1]))));
    expect(tally(answers)).toEqual({ 201: 10, 409: 20 });
    expect((await set(abandoning[0], product, 1)).status).toBe(409);
    expect(await shop.onHand(product.id)).toBe(0);
  });
});
