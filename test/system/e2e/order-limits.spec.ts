import { Api, type Json, makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { DEFAULT_ORDER_LIMITS } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

/** A provider that is never asked: no worker runs here. */
const PROVIDER = { PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: 'http://127.0.0.1:9' };

describe('what a customer may order without paying', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;

  const start = (environment: NodeJS.ProcessEnv) => Api.start(database, { ...DEFAULT_ORDER_LIMITS, ...environment });

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await start(PROVIDER);
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    await expectInvariants(database);
    await api.stop();
    await database.drop();
  });

  it.each<[what: string, quantities: number[], problem: object | undefined]>([
    ['50 of a product', [50], undefined],
    ['51 of a product', [51], { of: 'units of a product', limit: 50, requested: 51 }],
    ['199 in all', [50, 50, 50, 49], undefined],
    ['200 in all', [50, 50, 50, 50], { of: 'units', limit: 199, requested: 200 }],
  ])('an order has at most as many units as a cart: %s', async (_, quantities, problem) => {
    const ann = await shop.customer();
    const lines: [Json, number][] = [];
    for (const quantity of quantities) lines.push([await shop.product({ stock: 1_000 }), quantity]);
    const { status, body } = await ann.post('/v1/orders', items(...lines));
    expect(status).toBe(problem ? 409 : 201);
    if (problem) expect(body).toMatchObject({ code: 'order-limit-exceeded', ...problem });
  });

  it('sums the lines of one product', async () => {
    const [ann, cup] = [await shop.customer(), await shop.product({ stock: 100 })];
    const twice = await ann.post('/v1/orders', items([cup, 26], [cup, 25]));
    expect([twice.status, twice.body]).toMatchObject([409, { requested: 51, productId: cup.id }]);
  });

  it('has five unpaid orders at most, and one more when one is canceled', async () => {
    const [ann, cup] = [await shop.customer(), await shop.product({ stock: 100 })];
    const placed: Json[] = [];
    for (let i = 0; i < 5; i++) placed.push((await ann.post('/v1/orders', items([cup, 1]))).body);
    const refused = await ann.post('/v1/orders', items([cup, 1]));
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'unpaid-order-limit', limit: 5, unpaid: 5 }]);
    expect(await shop.onHand(cup.id as string)).toBe(95);
    const free = await shop.product({ price: '0.00' });
    expect((await ann.post('/v1/orders', items([free, 1]))).status).toBe(201);
    expect((await ann.post(`/v1/orders/${placed[0].id}/cancel`)).status).toBe(200);
    expect((await ann.post('/v1/orders', items([cup, 1]))).status).toBe(201);
    expect((await ann.post('/v1/orders', items([cup, 1]))).body.code).toBe('unpaid-order-limit');
  });

  it('has 500 units at most, in unpaid orders and in the cart together', async () => {
    const ann = await shop.customer();
    const products: Json[] = [];
    for (let i = 0; i < 4; i++) products.push(await shop.product({ stock: 500 }));
    const [a, b, c, d] = products;
    const some = items([a, 50], [b, 50], [c, 50], [d, 49]);
    expect((await ann.post('/v1/orders', some)).status).toBe(201);
    expect((await ann.post('/v1/cart/items', some)).status).toBe(200);
    const tooMuch = await ann.post('/v1/orders', items([await shop.product({ stock: 500 }), 50], [a, 50], [b, 3]));
    // The order would use up the holds of two products, and not those of the other two.
    expect([tooMuch.status, tooMuch.body]).toMatchObject([201, { status: 'reserved' }]);
    const more = await ann.post('/v1/orders', items([await shop.product({ stock: 500 }), 50], [a, 50]));
    expect([more.status, more.body]).toMatchObject([
      409,
      { code: 'unpaid-units-limit', limit: 500, requested: 100, inOrders: 302, inHolds: 99 },
    ]);
    const line = (product: Json, quantity: number) => ann.put(`/v1/cart/items/${product.id}`, { quantity });
    const held = async () => (await ann.get('/v1/cart')).body.items.map((each: Json) => each.held as number);
    // 302 ordered: 198 may be held. The lines whose holds were used up hold what is left, as far as they fit.
    expect((await line(c, 49)).status).toBe(200);
    expect(await held()).toEqual([50, 50, 49, 49]);
    const refused = await line(c, 50);
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { code: 'unpaid-units-limit', limit: 500, requested: 1, inOrders: 302, inHolds: 198 },
    ]);
    expect((await line(c, 10)).status).toBe(200);
    expect((await ann.post('/v1/cart/checkout', {})).status).toBe(201);
    await expectInvariants(database, { unpaidOrders: 5, unpaidUnits: 500 });
  });

  it.each<[who: string, limits: NodeJS.ProcessEnv, customer: number[], admin: number[]]>([
    ['everybody', { ...PROVIDER, UNPAID_ORDER_LIMIT: '2' }, [201, 201, 409], [201, 201, 409]],
    ['each role', { ...PROVIDER, UNPAID_ORDER_LIMIT: 'customers=1,admins=0' }, [201, 409, 409], [201, 201, 201]],
    ['nobody without a provider', { PAYMENT_PROVIDERS: '', UNPAID_ORDER_LIMIT: '1' }, [201, 201, 201], [201, 201, 201]],
  ])('limits the orders of %s', async (_, limits, customer, admin) => {
    const limited = await start(limits);
    const [ann, cup] = [await shop.customer(), await shop.product({ stock: 100 })];
    const [boss] = await makeCustomers(database, 1, 'admin');
    for (const [{ token }, statuses] of [[ann, customer] as const, [boss, admin] as const])
      for (const status of statuses)
        expect((await limited.as(token).post('/v1/orders', items([cup, 1]))).status).toBe(status);
    await limited.stop();
  });
});
