import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type Caller, type Json } from '../../support/api';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { Replication } from '../../support/standby';

const USED = 'the replica answers reads';
const NOT_USED = 'the replica answers no reads now: the primary does';

describe('a read replica', () => {
  let replication: Replication;
  let api: Api;
  let other: Api;
  let shop: Shop;
  let anyone: Caller;
  let bob: Caller & { id: string };

  const start = (environment: NodeJS.ProcessEnv = {}) =>
    Api.start(replication.database, {
      DATABASE_REPLICA_URL: replication.standbyUrl,
      // Reads come from the replica, not from a cache, and the replica never counts as too old on a slow machine.
      CATALOGUE_CACHE_TTL: '0',
      REPLICA_MAX_LAG: '1h',
      ...environment,
    });
  const timesLogged = (process: Api, message: string) =>
    process.lines.filter((line) => line['message'] === message).length;
  /** From the first read on the process looks for the replica, every second. */
  const isUsedBy = (process: Api, times = 1) =>
    eventually(async () => {
      await process.as().get('/v1/products');
      expect(timesLogged(process, USED)).toBe(times);
    });

  beforeAll(async () => {
    replication = await Replication.start();
    [api, other] = [await start(), await start()];
    shop = await Shop.open(api, replication.database);
    anyone = api.as();
    bob = await shop.customer();
    await isUsedBy(api);
    await isUsedBy(other);
  });
  afterEach(() => replication.resume());
  afterAll(async () => {
    await expectInvariants(replication.database);
    await Promise.all([api.stop(), other.stop()]);
    await replication.stop();
  });

  const productAt = (caller: Caller, { id }: Json) => caller.get(`/v1/products/${id}`);
  const listed = async (caller: Caller, { sku }: Json): Promise<Json> =>
    (await caller.get(`/v1/products?q=${sku}`)).body.items[0];
  /** On the replica too. */
  const aProduct = async (details: Parameters<Shop['product']>[0]) => {
    const product = await shop.product(details);
    await replication.caughtUp();
    return product;
  };

  it('answers those who have written nothing, as far as it has come', async () => {
    const product = await aProduct({ name: 'Before' });
    await replication.pause();
    await shop.admin.patch(`/v1/products/${product.id}`, { name: 'After' });
    for (const caller of [anyone, bob, other.as()]) {
      expect((await productAt(caller, product)).body.name).toBe('Before');
      expect((await listed(caller, product)).name).toBe('Before');
    }
    expect((await productAt(shop.admin, product)).body.name).toBe('After');
    expect((await listed(shop.admin, product)).name).toBe('After');
    await replication.resume();
    await eventually(async () => expect((await productAt(anyone, product)).body.name).toBe('After'));
  });

  it('ORD-14 never hides from customers what they have done themselves, in any process', async () => {
    const product = await aProduct({ stock: 5 });
    await replication.pause();
    const ann = await shop.customer();
    const placed = await ann.post('/v1/orders', items([product, 2]));
    const location = placed.headers.get('location')!;
    for (const caller of [ann, other.as(ann.token)]) {
      const found = await caller.get(location);
      expect([found.status, found.body]).toEqual([200, placed.body]);
      expect((await caller.get('/v1/orders')).body.items).toEqual([placed.body]);
      expect((await caller.get(`${location}/history`)).body).toHaveLength(1);
      expect((await productAt(caller, product)).body.stock).toBe(3);
      expect((await listed(caller, product)).stock).toBe(3);
    }
    expect((await productAt(bob, product)).body.stock).toBe(5);
    await ann.post(`${location}/cancel`);
    for (const caller of [ann, other.as(ann.token)]) {
      expect((await caller.get(location)).body.status).toBe('canceled');
      expect((await productAt(caller, product)).body.stock).toBe(5);
    }
  });

  it('shows carts as they are, and in the catalogue what their owners have done to them', async () => {
    const product = await aProduct({ stock: 5 });
    await replication.pause();
    const ann = await shop.customer();
    await ann.send('PUT', `/v1/cart/items/${product.id}`, { quantity: 2 });
    for (const caller of [ann, other.as(ann.token)]) {
      expect((await caller.get('/v1/cart')).body.items).toMatchObject([{ quantity: 2, held: 2, available: 5 }]);
      expect((await listed(caller, product)).stock).toBe(3);
    }
    expect((await listed(bob, product)).stock).toBe(5);
    const { status, headers } = await ann.post('/v1/cart/checkout', {});
    expect(status).toBe(201);
    for (const caller of [ann, other.as(ann.token)])
      expect((await caller.get(headers.get('location')!)).status).toBe(200);
  });

  it('answers a customer again once it has all that he has written', async () => {
    const product = await aProduct({ stock: 5, name: 'Before' });
    const ann = await shop.customer();
    await ann.post('/v1/orders', items([product, 1]));
    await replication.caughtUp();
    await replication.pause();
    await shop.admin.patch(`/v1/products/${product.id}`, { name: 'After' });
    expect((await productAt(ann, product)).body.name).toBe('Before');
    // As many writes as the replica knows of are not enough: it has to be all of them.
    await ann.post('/v1/orders', items([product, 1]));
    expect((await productAt(ann, product)).body.name).toBe('After');
  });

  it('is never asked for a decision', async () => {
    const product = await aProduct({ stock: 1 });
    await replication.pause();
    const [ann, carol] = await shop.customers(2);
    expect((await ann.post('/v1/orders', items([product, 1]))).status).toBe(201);
    expect((await productAt(bob, product)).body.stock).toBe(1);
    const refused = await bob.post('/v1/orders', items([product, 1]));
    expect([refused.status, refused.body.code, refused.body.items[0].available]).toEqual([
      409,
      'insufficient-stock',
      0,
    ]);
    // Nor who may log in: these two exist, and do not exist any more, on the primary alone.
    expect((await carol.get('/v1/orders')).status).toBe(200);
    await shop.admin.patch(`/v1/customers/${carol.id}`, { active: false });
    expect((await carol.get('/v1/orders')).status).toBe(401);
    // Nor what somebody else's order is.
    const { body: order } = await bob.post('/v1/orders', items([await shop.product(), 1]));
    expect((await ann.get(`/v1/orders/${order.id}`)).status).toBe(404);
  });

  it('never hides a write, however its lag and the commits fall', async () => {
    const product = await aProduct({ stock: 10_000 });
    const customers = await shop.customers(8);
    let storming = true;
    const flickering = (async () => {
      while (storming) {
        await replication.pause();
        await sleep(Math.random() * 60);
        await replication.resume();
        await sleep(Math.random() * 30);
      }
    })();
    try {
      await Promise.all(
        customers.map(async ({ token }, i) => {
          for (let n = 1; n <= 8; n++) {
            // Two at once of the same customer, who commit in either order.
            const orders = await Promise.all(
              [api, other].map((process) => process.as(token).post('/v1/orders', items([product, 1]))),
            );
            const reader = [api, other][(i + n) % 2].as(token);
            for (const { status, body } of orders)
              expect([status, (await reader.get(`/v1/orders/${body.id}`)).status]).toEqual([201, 200]);
            expect((await reader.get('/v1/orders?limit=100')).body.items).toHaveLength(2 * n);
          }
        }),
      );
    } finally {
      storming = false;
      await flickering;
    }
  });

  it('fills the cache, past which customers see what they have done', async () => {
    const cached = await start({ CATALOGUE_CACHE_TTL: '10m' });
    try {
      await isUsedBy(cached);
      const product = await aProduct({ stock: 5 });
      const ann = cached.as((await shop.customer()).token);
      expect([await listed(cached.as(), product), await listed(ann, product)]).toMatchObject([
        { stock: 5 },
        { stock: 5 },
      ]);
      await replication.pause();
      await ann.post('/v1/orders', items([product, 2]));
      expect([await listed(cached.as(), product), await listed(ann, product)]).toMatchObject([
        { stock: 5 },
        { stock: 3 },
      ]);
    } finally {
      await cached.stop();
    }
  });

  it('is left alone while it is too far behind, which is logged once', async () => {
    const impatient = await start({ REPLICA_MAX_LAG: '300ms' });
    try {
      await isUsedBy(impatient);
      const product = await aProduct({ name: 'Before' });
      await replication.pause();
      await shop.admin.patch(`/v1/products/${product.id}`, { name: 'After' });
      await eventually(async () => expect((await productAt(impatient.as(), product)).body.name).toBe('After'));
      expect((await productAt(anyone, product)).body.name).toBe('Before');
      await sleep(2_500); // two more looks at it
      expect(timesLogged(impatient, NOT_USED)).toBe(1);
      await replication.resume();
      await isUsedBy(impatient, 2);
    } finally {
      await impatient.stop();
    }
  });

  it('may go away and come back: the primary answers meanwhile', async () => {
    const product = await aProduct({ stock: 5 });
    await replication.stopStandby();
    try {
      for (const caller of [anyone, bob, other.as()]) expect((await productAt(caller, product)).status).toBe(200);
      await shop.admin.patch(`/v1/products/${product.id}`, { name: 'Without the replica' });
      expect((await productAt(anyone, product)).body.name).toBe('Without the replica');
      const { status, headers } = await bob.post('/v1/orders', items([product, 1]));
      expect([status, (await bob.get(headers.get('location')!)).status]).toEqual([201, 200]);
      expect(timesLogged(api, NOT_USED)).toBe(1);
      expect((await anyone.get('/health/ready')).status).toBe(200);
    } finally {
      await replication.startStandby();
    }
    await isUsedBy(api, 2);
    await isUsedBy(other, 2);
  });

  it('is not used when it is no standby', async () => {
    const misled = await start({ DATABASE_REPLICA_URL: replication.database.url, REPLICA_MAX_LAG: '300ms' });
    try {
      await eventually(async () => {
        expect((await misled.as().get('/v1/products')).status).toBe(200);
        expect(timesLogged(misled, NOT_USED)).toBe(1);
      });
      expect(timesLogged(misled, USED)).toBe(0);
    } finally {
      await misled.stop();
    }
  });
});
