import { newId } from '@holdfast/shared-kernel';
import { Api, type Caller, type Json, CUSTOMER_PASSWORD } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { deliverWebhook } from '../../support/webhooks';

describe('ordering', () => {
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
    await expectInvariants(database);
    await api.stop();
    await database.drop();
  });

  const refusedWithoutTrace = async (send: () => Promise<{ status: number; body: Json }>) => {
    const before = await shop.footprint();
    const answer = await send();
    expect(await shop.footprint()).toEqual(before);
    return answer;
  };

  it('ORD-01 places an order: 201, Location, its stock taken, one event of the same transaction', async () => {
    const product = await shop.product({ stock: 10, price: '100.00' });
    const placed = await ann.post('/v1/orders', items([product, 2]));
    expect(placed.status).toBe(201);
    expect(placed.headers.get('location')).toBe(`/v1/orders/${placed.body.id}`);
    expect(placed.body).toMatchObject({
      status: 'reserved',
      customerId: ann.id,
      total: { amount: '200.00', currency: 'GBP' },
      payment: null,
      items: [
        {
          productId: product.id,
          sku: product.sku,
          name: product.name,
          quantity: 2,
          unitPrice: { amount: '100.00', currency: 'GBP' },
          subtotal: { amount: '200.00', currency: 'GBP' },
        },
      ],
    });
    expect(placed.body.number).toMatch(/^\d{8}-[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    expect(await shop.onHand(product.id)).toBe(8);
    const events = await database.query('SELECT type, payload FROM platform.outbox WHERE aggregate_id = $1', [
      placed.body.id,
    ]);
    expect(events).toMatchObject([
      {
        type: 'ordering.order-placed',
        payload: {
          orderId: placed.body.id,
          customerId: ann.id,
          total: { amount: '200.00', currency: 'GBP' },
          lines: [{ productId: product.id, quantity: 2, unitPrice: { amount: '100.00', currency: 'GBP' } }],
        },
      },
    ]);
    expect((await ann.get(placed.headers.get('location')!)).body).toEqual(placed.body);
  });

  it('ORD-03 adds up exactly, line by line', async () => {
    const [a, b] = [await shop.product({ price: '2499.99' }), await shop.product({ price: '25.00' })];
    const { body } = await ann.post('/v1/orders', items([a, 2], [b, 1]));
    expect(body.total.amount).toBe('5024.98');
    expect(body.items.map((line: Json) => [line.productId, line.quantity, line.unitPrice.amount])).toEqual([
      [a.id, 2, '2499.99'],
      [b.id, 1, '25.00'],
    ]);
  });

  it('ORD-06 takes all lines or none, and names every short one', async () => {
    const [a, b, c] = [
      await shop.product({ stock: 10 }),
      await shop.product({ stock: 1 }),
      await shop.product({ stock: 0 }),
    ];
    const refused = await refusedWithoutTrace(() => ann.post('/v1/orders', items([a, 2], [b, 2], [c, 1])));
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'insufficient-stock',
      status: 409,
      items: [
        { productId: b.id, requested: 2, available: 1 },
        { productId: c.id, requested: 1, available: 0 },
      ],
    });
    expect([await shop.onHand(a.id), await shop.onHand(b.id)]).toEqual([10, 1]);
  });

  it('ORD-07 ORD-08 refuses unknown and inactive products by name, and moves nothing', async () => {
    const [good, inactive] = [await shop.product(), await shop.product({ active: false })];
    const unknown = newId();
    const refused = await refusedWithoutTrace(() =>
      ann.post('/v1/orders', items([good, 1], [inactive, 1], [{ id: unknown }, 1])),
    );
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'product-not-orderable', productIds: [inactive.id, unknown] });
    expect(await shop.onHand(good.id)).toBe(10);
  });

  it('ORD-10 ORD-12 ORD-13 ORD-23 refuses what is no order: 400, naming each bad field', async () => {
    const product = await shop.product();
    const line = { productId: product.id, quantity: 1 };
    const bad: unknown[] = [
      {},
      { items: [] },
      { items: {} },
      { items: null },
      ...[0, -1, -5, 1.5, '2', null, true, undefined, 2_147_483_648, 9007199254740993, 1e20].map((quantity) => ({
        items: [{ ...line, quantity }],
      })),
      ...['', 'abc', 1, null].map((productId) => ({ items: [{ ...line, productId }] })),
      { items: [line], price: 0.01 },
      { items: [{ ...line, price: '0.01' }] },
      { items: [line], status: 'paid', total: 0.01, customerId: newId() },
      { items: Array.from({ length: 101 }, () => line) },
      { items: [line], expectedTotal: { amount: 10, currency: 'GBP' } },
      { items: [line], expectedTotal: [] },
      { items: [line], expectedTotal: [{ amount: '10.00', currency: 'GBP' }] },
      { items: [line], expectedTotal: null },
      { items: [[]] },
      { items: [[line]] },
      { items: [line], toString: 1 },
      { items: [{ ...line, hasOwnProperty: 1 }] },
      { items: [line], expectedTotal: { amount: '10.001', currency: 'GBP' } },
      { items: [line], expectedTotal: { amount: '10.00', currency: 'XXXX' } },
      [],
      'null',
      '"text"',
    ];
    const before = await shop.footprint();
    for (const body of bad) {
      const { status, body: problem } = await ann.post('/v1/orders', body);
      expect([body, status, problem.status]).toEqual([body, 400, 400]);
    }
    const { body } = await ann.post('/v1/orders', { items: [line, { productId: 'abc', quantity: 0 }], surprise: 1 });
    expect(body.errors.map(({ pointer }: Json) => pointer as string).sort()).toEqual([
      '/items/1/productId',
      '/items/1/quantity',
      '/surprise',
    ]);
    expect((await ann.post('/v1/orders', { items: Array.from({ length: 10_000 }, () => line) })).status).toBe(413);
    expect(await shop.footprint()).toEqual(before);
  });

  it('ORD-11 sums lines that name one product twice', async () => {
    const product = await shop.product({ stock: 2 });
    const twice = items([product, 1], [product, 2]);
    const refused = await ann.post('/v1/orders', twice);
    expect(refused.body).toMatchObject({
      code: 'insufficient-stock',
      items: [{ productId: product.id, requested: 3, available: 2 }],
    });
    await shop.admin.post(`/v1/products/${product.id}/stock-adjustments`, { delta: 1, reason: 'found' });
    const placed = await ann.post('/v1/orders', twice);
    expect(placed.status).toBe(201);
    expect(placed.body.items).toMatchObject([{ productId: product.id, quantity: 3 }]);
  });

  it('knows a product by its id in any case', async () => {
    const product = await shop.product({ stock: 3 });
    const placed = await ann.post('/v1/orders', items([{ id: product.id.toUpperCase() }, 1], [product, 2]));
    expect(placed.status).toBe(201);
    expect(placed.body.items).toMatchObject([{ productId: product.id, quantity: 3 }]);
  });

  it('places 100 lines at once, and sells the last unit', async () => {
    const products = await Promise.all(Array.from({ length: 100 }, () => shop.product({ stock: 1 })));
    const placed = await ann.post('/v1/orders', items(...products.map((product): [Json, number] => [product, 1])));
    expect(placed.status).toBe(201);
    expect(placed.body.total.amount).toBe('1000.00');
    expect((await ann.post('/v1/orders', items([products[0], 1]))).status).toBe(409);
  });

  it('refuses when the total is not the one the customer was shown', async () => {
    const product = await shop.product({ price: '5.10' });
    const shown = { amount: '10.20', currency: 'GBP' };
    await shop.admin.patch(`/v1/products/${product.id}`, { price: { amount: '5.90', currency: 'GBP' } });
    const refused = await refusedWithoutTrace(() =>
      ann.post('/v1/orders', { ...items([product, 2]), expectedTotal: shown }),
    );
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: 'price-changed',
      expectedTotal: shown,
      total: { amount: '11.80', currency: 'GBP' },
    });
    expect((await ann.post('/v1/orders', { ...items([product, 2]), expectedTotal: refused.body.total })).status).toBe(
      201,
    );
  });

  it('refuses a total that no column holds, and mixed currencies', async () => {
    const dear = await shop.product({ price: '9999999999.99', stock: 5 });
    expect((await ann.post('/v1/orders', items([dear, 1]))).body.total.amount).toBe('9999999999.99');
    const over = await refusedWithoutTrace(() => ann.post('/v1/orders', items([dear, 2])));
    expect([over.status, over.body.code]).toEqual([422, 'amount-out-of-range']);
    const { body: yen } = await shop.admin.send<Json>('POST', '/v1/products', {
      sku: `Y-${newId()}`,
      name: 'Yen',
      stock: 9,
      price: { amount: '120', currency: 'JPY' },
    });
    const mixed = await refusedWithoutTrace(() => ann.post('/v1/orders', items([dear, 1], [yen, 1])));
    expect([mixed.status, mixed.body.code]).toEqual([422, 'currencies-mixed']);
    expect((await ann.post('/v1/orders', items([yen, 3]))).body.total).toEqual({ amount: '360', currency: 'JPY' });
  });

  it('CAT-28 keeps name and price as they were when ordered', async () => {
    const product = await shop.product({ price: '100.00', name: 'Old name' });
    const old = await ann.post('/v1/orders', items([product, 1]));
    await shop.admin.patch(`/v1/products/${product.id}`, {
      name: 'New name',
      price: { amount: '120.00', currency: 'GBP' },
    });
    const fresh = await ann.post('/v1/orders', items([product, 1]));
    expect((await ann.get(`/v1/orders/${old.body.id}`)).body).toEqual(old.body);
    expect(fresh.body.items[0]).toMatchObject({ name: 'New name', unitPrice: { amount: '120.00' } });
  });

  it('ORD-15 shows an order to its owner and to admins; to others it does not exist', async () => {
    const [product, bob] = [await shop.product(), await shop.customer()];
    const { body: order } = await ann.post('/v1/orders', items([product, 1]));
    expect((await bob.get(`/v1/orders/${order.id}`)).status).toBe(404);
    expect((await bob.get(`/v1/orders/${order.id}/history`)).status).toBe(404);
    expect((await bob.post(`/v1/orders/${order.id}/cancel`)).status).toBe(404);
    expect((await ann.get(`/v1/orders/${newId()}`)).status).toBe(404);
    expect((await ann.get('/v1/orders/abc')).status).toBe(400);
    expect((await shop.admin.get(`/v1/orders/${order.id}`)).body).toEqual(order);
    expect((await ann.get(`/v1/orders/${order.id}`)).body.status).toBe('reserved');
  });

  it('ORD-16 lists own orders newest first, by cursor, without gap or repetition', async () => {
    const [product, bob, nobody] = [await shop.product({ stock: 100 }), await shop.customer(), await shop.customer()];
    const placed: string[] = [];
    for (let i = 0; i < 7; i++) placed.unshift((await bob.post('/v1/orders', items([product, 1]))).body.id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Json = await bob.get(`/v1/orders?limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ id }: Json) => id as string));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(placed);
    expect((await nobody.get('/v1/orders')).body).toEqual({ items: [], nextCursor: null });
    await bob.post(`/v1/orders/${placed[2]}/cancel`);
    const canceled = await bob.get('/v1/orders?status=canceled');
    expect(canceled.body.items.map(({ id }: Json) => id as string)).toEqual([placed[2]]);
    expect((await bob.get(`/v1/orders?customerId=${ann.id}`)).body.items).toHaveLength(7);
    expect((await shop.admin.get(`/v1/orders?customerId=${bob.id}`)).body.items).toHaveLength(7);
    const { body: first } = await bob.get('/v1/orders?limit=3');
    expect((await ann.get(`/v1/orders?limit=3&cursor=${first.nextCursor}`)).body.code).toBe('invalid-cursor');
  });

  describe('finds orders', () => {
    interface World {
      cup: Json;
      bag: Json;
      first: Json;
      second: Json;
      others: Json;
    }
    let world: World;
    let bea: Caller & { id: string };
    let cat: Caller & { id: string };

    beforeAll(async () => {
      [bea, cat] = await shop.customers(2);
      const [cup, bag] = [await shop.product(), await shop.product()];
      const place = async (buyer: Caller, product: Json) => (await buyer.post('/v1/orders', items([product, 1]))).body;
      world = { cup, bag, first: await place(bea, cup), second: await place(bea, bag), others: await place(cat, cup) };
      await bea.post(`/v1/orders/${world.second.id}/cancel`);
    });

    const later = (order: Json, milliseconds: number) =>
      new Date(Date.parse(order.placedAt as string) + milliseconds).toISOString();
    const email = ({ id }: { id: string }) => `${id}@example.com`;
    type Query = (world: World) => Record<string, string>;
    type Found = Exclude<keyof World, 'cup' | 'bag'>;

    it.each<[what: string, query: Query, byAdmin: Found[], byOwner: Found[]]>([
      ['number', ({ first }) => ({ number: first.number }), ['first'], ['first']],
      ['beginning of a number', ({ first }) => ({ number: first.number.slice(0, 17) }), ['first'], ['first']],
      ['number of no order', () => ({ number: '20200101-00000-00000' }), [], []],
      ['number of another customer', ({ others }) => ({ number: others.number }), ['others'], []],
      ['product', ({ bag }) => ({ productId: bag.id }), ['second'], ['second']],
      ['product of several', ({ cup }) => ({ productId: cup.id }), ['others', 'first'], ['first']],
      ['product and status', ({ bag }) => ({ productId: bag.id, status: 'reserved' }), [], []],
      ['customer', () => ({ customerId: bea.id }), ['second', 'first'], ['second', 'first']],
      ['q: number', ({ first }) => ({ q: first.number }), ['first'], ['second', 'first']],
      [
        'q: beginning of a number',
        ({ others }) => ({ q: others.number.slice(0, 18) }),
        ['others'],
        ['second', 'first'],
      ],
      ['q: e-mail address', () => ({ q: email(cat) }), ['others'], ['second', 'first']],
      [
        'q: e-mail address in capitals',
        () => ({ q: email(bea).toUpperCase() }),
        ['second', 'first'],
        ['second', 'first'],
      ],
      ['q: username', () => ({ q: `c-${cat.id}` }), ['others'], ['second', 'first']],
      ['q: part of an address', () => ({ q: email(cat).slice(0, 20) }), [], ['second', 'first']],
      [
        'date, from the first on',
        ({ first, cup }) => ({ placedAfter: first.placedAt, productId: cup.id }),
        ['others', 'first'],
        ['first'],
      ],
      [
        'date, before the last',
        ({ others, cup }) => ({ placedBefore: others.placedAt, productId: cup.id }),
        ['first'],
        ['first'],
      ],
      [
        'date, between two',
        ({ first, others }) => ({ placedAfter: later(first, 1), placedBefore: others.placedAt }),
        ['second'],
        ['second'],
      ],
      ['date to come', ({ others }) => ({ placedAfter: later(others, 60_000) }), [], []],
    ])('by %s', async (_, query, byAdmin, byOwner) => {
      const search = new URLSearchParams({ limit: '100', ...query(world) });
      for (const [caller, expected] of [[shop.admin, byAdmin] as const, [bea, byOwner] as const]) {
        const { status, body } = await caller.get(`/v1/orders?${search.toString()}`);
        const found = (body.items as Json[]).map(({ id }) => id as string);
        expect([status, found]).toEqual([200, expected.map((name) => world[name].id as string)]);
      }
    });
  });

  it('ORD-18 ORD-20 cancels once, restocks once, and keeps its history', async () => {
    const product = await shop.product({ stock: 10 });
    const { body: order } = await ann.post('/v1/orders', items([product, 3]));
    const key = newId();
    const canceled = await ann.post(`/v1/orders/${order.id}/cancel`, undefined, { 'idempotency-key': key });
    expect([canceled.status, canceled.body.status, await shop.onHand(product.id)]).toEqual([200, 'canceled', 10]);
    const again = await ann.post(`/v1/orders/${order.id}/cancel`);
    expect([again.status, again.body.code]).toEqual([409, 'order-not-cancellable']);
    const replayed = await ann.post(`/v1/orders/${order.id}/cancel`, undefined, { 'idempotency-key': key });
    expect([replayed.status, replayed.body]).toEqual([200, canceled.body]);
    expect(await shop.onHand(product.id)).toBe(10);
    const { body: history } = await ann.get(`/v1/orders/${order.id}/history`);
    expect(history).toMatchObject([
      { from: 'created', to: 'reserved', cause: 'placed' },
      { from: 'reserved', to: 'canceled', cause: 'canceled by the customer' },
    ]);
    const events = await database.query<Json>(
      'SELECT type, payload FROM platform.outbox WHERE aggregate_id = $1 ORDER BY sequence',
      [order.id],
    );
    expect(events.map(({ type }) => type as string)).toEqual(['ordering.order-placed', 'ordering.order-canceled']);
    expect(events[1].payload.restocked).toEqual([{ productId: product.id, quantity: 3 }]);
  });

  it('always has room for what a canceled order gives back', async () => {
    const product = await shop.product({ stock: 10 });
    const { body: order } = await ann.post('/v1/orders', items([product, 5]));
    expect((await shop.admin.patch(`/v1/products/${product.id}`, { stock: 2147483647 })).status).toBe(200);
    expect((await ann.post(`/v1/orders/${order.id}/cancel`)).status).toBe(200);
    expect((await shop.admin.get(`/v1/products/${product.id}`)).body.stock).toBe(2147483652);
    await shop.admin.patch(`/v1/products/${product.id}`, { stock: 1 });
  });

  it('takes nothing but a key to cancel, and knows the order by its id in any case', async () => {
    const product = await shop.product();
    const { body: order } = await ann.post('/v1/orders', items([product, 1]));
    const key = { 'idempotency-key': newId() };
    for (const body of [{ reason: 'x' }, [], [1], 'null', '"text"'])
      expect([body, (await ann.post(`/v1/orders/${order.id}/cancel`, body, key)).status]).toEqual([body, 400]);
    const first = await ann.post(`/v1/orders/${order.id}/cancel`, {}, key);
    const again = await ann.post(`/v1/orders/${String(order.id).toUpperCase()}/cancel`, undefined, key);
    expect([first.status, again.status, again.body]).toEqual([200, 200, first.body]);
    const { headers } = await ann.get(`/v1/orders/${order.id}`);
    expect(headers.get('etag')).toBe('"2"');
    const ifChangedSince = (etag: string) =>
      ann.send<Json>('GET', `/v1/orders/${order.id}`, undefined, { 'if-none-match': etag });
    expect([(await ifChangedSince('"2"')).status, (await ifChangedSince('"1"')).status]).toEqual([304, 200]);
  });

  it('ORD-19 does not cancel a paid order', async () => {
    const product = await shop.product({ stock: 10 });
    const { body: order } = await ann.post('/v1/orders', items([product, 3]));
    await deliverWebhook(api, { orderId: order.id, amount: order.total });
    const refused = await refusedWithoutTrace(() => ann.post(`/v1/orders/${order.id}/cancel`));
    expect([refused.status, refused.body.code, refused.body.status]).toEqual([409, 'order-not-cancellable', 409]);
    expect(await shop.onHand(product.id)).toBe(7);
  });

  it('gives stock back to a product that was retired meanwhile', async () => {
    const product = await shop.product({ stock: 5 });
    const { body: order } = await ann.post('/v1/orders', items([product, 2]));
    expect((await shop.admin.delete(`/v1/products/${product.id}`)).status).toBe(204);
    expect((await ann.post(`/v1/orders/${order.id}/cancel`)).status).toBe(200);
    expect(await shop.onHand(product.id)).toBe(5);
    expect((await ann.get(`/v1/orders/${order.id}`)).body.items[0].name).toBe(product.name);
  });

  it('ORD-25 knows no other way to change an order', async () => {
    const product = await shop.product();
    const { body: order } = await ann.post('/v1/orders', items([product, 1]));
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const { status, headers } = await ann.send(
        method,
        `/v1/orders/${order.id}`,
        method === 'DELETE' ? undefined : {},
      );
      expect([method, status, headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
    }
  });

  it('ORD-30 writes times in UTC and money with its two digits', async () => {
    const { body } = await ann.post('/v1/orders', items([await shop.product({ price: '7' }), 1]));
    expect(body.placedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(body.placedAt <= body.updatedAt).toBe(true);
    expect(body.total.amount).toBe('7.00');
  });

  it('keeps an account open while goods are expected back', async () => {
    const customer = await shop.customer();
    const { id: productId } = await shop.product({ price: '0.00' });
    const { body: order } = await customer.post('/v1/orders', { items: [{ productId, quantity: 1 }] });
    expect((await shop.admin.post(`/v1/orders/${order.id}/fulfil`)).body.status).toBe('fulfilled');
    const asked = { items: [{ productId, quantity: 1 }], reason: 'too small' };
    const { body: requested } = await customer.post(`/v1/orders/${order.id}/returns`, asked);
    const close = () => customer.send('DELETE', '/v1/customers/me', { password: CUSTOMER_PASSWORD });
    const { status, body } = await close();
    expect([status, body.code]).toEqual([409, 'account-has-open-orders']);
    expect((await shop.admin.post(`/v1/returns/${requested.id}/reject`, { reason: 'worn' })).status).toBe(200);
    expect((await close()).status).toBe(204);
  });
});
