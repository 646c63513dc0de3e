import { newId } from '@holdfast/shared-kernel';
import { Api, type Caller, CUSTOMER_PASSWORD, type Json, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { ADDRESS, items, Shop } from '../../support/shop';

type Customer = Caller & { id: string };

describe('carts that hold stock', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let ann: Customer;
  let bob: Customer;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, { CART_LINE_LIMIT: undefined, CART_LIMIT: undefined });
    shop = await Shop.open(api, database);
  });
  beforeEach(async () => {
    [ann, bob] = await shop.customers(2);
  });
  afterAll(async () => {
    await sweep();
    await expectInvariants(database);
    await api.stop();
    await database.drop();
  });

  const add = (customer: Customer, product: Json, quantity: unknown) =>
    customer.send<Json>('POST', '/v1/cart/items', { productId: product.id, quantity });
  const set = (customer: Customer, product: Json, quantity: unknown) =>
    customer.put(`/v1/cart/items/${product.id}`, { quantity });
  const cartOf = async (customer: Customer) => (await customer.get('/v1/cart')).body;
  const seenBy = async (customer: Caller, product: Json): Promise<number> =>
    (await customer.get(`/v1/products/${product.id}`)).body.stock;
  const now = async (): Promise<number> =>
    (await database.query<{ now: Date }>('SELECT clock_timestamp() AS now'))[0].now.getTime();
  const short = (product: Json, requested: number, available: number) => ({
    code: 'insufficient-stock',
    items: [{ productId: product.id, requested, available }],
  });

  const sweep = async () => {
    await shop.passPauses();
    const worker = await Worker.start(database, { SWEEP_INTERVAL: '200ms' });
    const expired = 'SELECT 1 FROM catalog.holds WHERE expires_at <= clock_timestamp()';
    await eventually(async () => expect(await database.query(expired)).toEqual([]));
    expect(await worker.stop()).toBe(0);
  };

  /** Refused, and nothing in any table has changed, the cart least of all. */
  const refused = async (status: number, problem: object, send: () => Promise<{ status: number; body: Json }>) => {
    const [before, cart] = [await shop.footprint(), await cartOf(ann)];
    const answer = await send();
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining(problem)]);
    expect([await shop.footprint(), await cartOf(ann)]).toEqual([before, cart]);
  };

  it('is empty to begin with, and to whoever has it emptied', async () => {
    const empty = { items: [], total: null, expiresAt: null };
    expect((await ann.get('/v1/cart')).status).toBe(200);
    expect(await cartOf(ann)).toEqual(empty);
    expect((await ann.delete('/v1/cart')).status).toBe(204);
    const product = await shop.product();
    expect((await ann.delete(`/v1/cart/items/${product.id}`)).body).toEqual(empty);
    expect((await ann.delete(`/v1/cart/items/${newId()}`)).status).toBe(200);
    expect((await api.as().get('/v1/cart')).status).toBe(401);
  });

  it('CART-01 holds what is put in, for 15 minutes, and takes nothing from the stock', async () => {
    const product = await shop.product({ stock: 10, price: '2.50', name: 'A cup' });
    const before = await now();
    const { status, body } = await add(ann, product, 3);
    const after = await now();
    expect([status, body]).toEqual([
      200,
      {
        items: [
          {
            productId: product.id,
            name: 'A cup',
            image: null,
            quantity: 3,
            unitPrice: { amount: '2.50', currency: 'GBP' },
            subtotal: { amount: '7.50', currency: 'GBP' },
            held: 3,
            available: 10,
            pausedUntil: null,
          },
        ],
        total: { amount: '7.50', currency: 'GBP' },
        expiresAt: expect.any(String) as string,
      },
    ]);
    expect(Date.parse(body.expiresAt)).toBeGreaterThanOrEqual(before + 900_000 - 1_000);
    expect(Date.parse(body.expiresAt)).toBeLessThanOrEqual(after + 900_000 + 1_000);
    expect(await cartOf(ann)).toEqual(body);
    expect([await seenBy(bob, product), await shop.onHand(product.id)]).toEqual([7, 10]);
  });

  it('CART-02 refuses what is not there, and holds nothing of it', async () => {
    const product = await shop.product({ stock: 3 });
    await refused(409, short(product, 4, 3), () => add(ann, product, 4));
    await refused(409, short(product, 4, 3), () => set(ann, product, 4));
    expect(await shop.holds(product.id)).toEqual([]);
  });

  it('CART-03 follows what the line is set to; 0 takes it out', async () => {
    const product = await shop.product({ stock: 10 });
    await add(ann, product, 3);
    for (const quantity of [5, 2]) {
      expect((await set(ann, product, quantity)).body.items).toMatchObject([{ quantity, held: quantity }]);
      expect(await shop.holds(product.id)).toEqual([{ owner: ann.id, quantity, alive: true }]);
      expect(await seenBy(bob, product)).toBe(10 - quantity);
    }
    expect((await set(ann, product, 0)).body).toEqual({ items: [], total: null, expiresAt: null });
    expect([await shop.holds(product.id), await seenBy(bob, product)]).toEqual([[], 10]);
  });

  it('CART-04 refuses what is no quantity, no product, or both ways to say it at once', async () => {
    const product = await shop.product();
    const line = { productId: product.id, quantity: 1 };
    await add(ann, product, 1);
    for (const quantity of [-3, 1.5, '3', null, true, undefined, 2_147_483_648]) {
      await refused(400, {}, () => add(ann, product, quantity));
      await refused(400, {}, () => set(ann, product, quantity));
      await refused(400, {}, () => ann.post('/v1/cart/items', { items: [line, { ...line, quantity }] }));
    }
    await refused(400, {}, () => add(ann, product, 0));
    for (const body of [
      {},
      [],
      { productId: 'abc', quantity: 1 },
      { quantity: 1 },
      { ...line, price: 1 },
      { items: [] },
      { items: null },
      { items: [[line]] },
      { ...line, items: [line] },
      { quantity: 1, items: [line] },
      { items: Array.from({ length: 101 }, () => line) },
    ])
      await refused(400, {}, () => ann.post('/v1/cart/items', body));
    const bad = await ann.put('/v1/cart/items/abc', { quantity: 1 });
    expect([bad.status, bad.body.errors]).toMatchObject([400, [{ pointer: '/productId' }]]);
  });

  it('CART-05 CART-12 adds to the line that is there; setting it again and again changes nothing', async () => {
    const product = await shop.product({ stock: 10 });
    await add(ann, product, 2);
    await add(ann, { id: product.id.toUpperCase() }, 1);
    for (let i = 0; i < 5; i++) expect((await set(ann, product, 3)).body.items).toMatchObject([{ quantity: 3 }]);
    expect(await shop.holds(product.id)).toEqual([{ owner: ann.id, quantity: 3, alive: true }]);
  });

  it('CART-06 says what could still be added, when nothing can', async () => {
    const product = await shop.product({ stock: 3 });
    await add(ann, product, 3);
    await refused(409, short(product, 1, 0), () => add(ann, product, 1));
    expect((await cartOf(ann)).items).toMatchObject([{ quantity: 3, held: 3, available: 3 }]);
  });

  it('CART-08 counts an expired hold for nobody, swept or not, and shows its owner that it is gone', async () => {
    const hasty = await Api.start(database, { CART_HOLD_TTL: '2s' });
    try {
      const product = await shop.product({ stock: 10 });
      await add(Object.assign(hasty.as(ann.token), { id: ann.id }), product, 3);
      await eventually(async () => expect(await seenBy(bob, product)).toBe(10));
      expect(await shop.holds(product.id)).toEqual([{ owner: ann.id, quantity: 3, alive: false }]);
      const cart = await cartOf(ann);
      expect([cart.expiresAt, cart.items]).toMatchObject([null, [{ quantity: 3, held: 0, available: 10 }]]);
      expect((await add(bob, product, 10)).status).toBe(200);
      expect((await cartOf(ann)).items).toMatchObject([{ quantity: 3, held: 0, available: 0 }]);
    } finally {
      await hasty.stop();
    }
  });

  it('CART-10 loses exactly the expired holds to the sweeper', async () => {
    const [a, b] = [await shop.product(), await shop.product()];
    await ann.post('/v1/cart/items', items([a, 2], [b, 1]));
    await add(bob, a, 3);
    await shop.lapse(a, b);
    await set(bob, a, 3);
    await sweep();
    expect([await shop.holds(a.id), await shop.holds(b.id)]).toEqual([
      [{ owner: bob.id, quantity: 3, alive: true }],
      [],
    ]);
    expect((await cartOf(ann)).items).toMatchObject([
      { quantity: 2, held: 0 },
      { quantity: 1, held: 0 },
    ]);
  });

  it('extends all its holds with any change to it', async () => {
    const [a, b] = [await shop.product(), await shop.product()];
    const expiries = async () =>
      (
        await database.query<{ at: string }>('SELECT expires_at::text AS at FROM catalog.holds WHERE owner_id = $1', [
          ann.id,
        ])
      ).map(({ at }) => at);
    const shorten = () =>
      database.query(
        `UPDATE catalog.holds SET expires_at = clock_timestamp() + interval '1 minute' WHERE owner_id = $1`,
        [ann.id],
      );
    await ann.post('/v1/cart/items', items([a, 2], [b, 1]));
    for (const change of [
      () => add(ann, a, 1),
      () => set(ann, b, 2),
      () => set(ann, b, 2),
      () => ann.delete(`/v1/cart/items/${newId()}`),
    ]) {
      await shorten();
      const soon = (await now()) + 600_000;
      const { body } = await change();
      expect(Date.parse(body.expiresAt)).toBeGreaterThan(soon);
      const [first, second] = await expiries();
      expect(second).toBe(first);
    }
    await shorten();
    await ann.delete(`/v1/cart/items/${b.id}`);
    expect(Date.parse((await expiries())[0])).toBeGreaterThan((await now()) + 600_000);
  });

  it('holds a lapsed line again with any change if it can; if it cannot, the line stays and the change goes through', async () => {
    const [a, b, c] = [await shop.product({ stock: 5 }), await shop.product({ stock: 5 }), await shop.product()];
    await ann.post('/v1/cart/items', items([a, 4], [b, 4]));
    await shop.lapse(a, b);
    await add(bob, b, 3);
    const { status, body } = await add(ann, c, 1);
    expect([status, body.items]).toMatchObject([
      200,
      [
        { productId: a.id, quantity: 4, held: 4, available: 5 },
        { productId: b.id, quantity: 4, held: 0, available: 2 },
        { productId: c.id, quantity: 1, held: 1 },
      ],
    ]);
    expect(await cartOf(ann)).toEqual(body);
    expect(await seenBy(bob, a)).toBe(1);
    expect((await shop.holds(b.id)).flatMap(({ owner, alive }) => (alive ? owner : []))).toEqual([bob.id]);
    // Asked for by name, it is refused.
    await refused(409, short(b, 4, 2), () => set(ann, b, 4));
    await refused(409, short(b, 1, 0), () => add(ann, b, 1));
    await bob.delete('/v1/cart');
    expect((await set(ann, c, 1)).body.items[1]).toMatchObject({ productId: b.id, held: 4, available: 5 });
  });

  it('holds units for an hour at most, however it is changed, and then not for ten minutes', async () => {
    const [product, other] = [await shop.product({ stock: 5 }), await shop.product({ stock: 5 })];
    const hold = (columns: string, returned = 'expires_at') =>
      database.query<{ returned: Date }>(
        `UPDATE catalog.holds SET ${columns} WHERE product_id = $1 AND owner_id = $2 RETURNING ${returned} AS returned`,
        [product.id, ann.id],
      );
    const line = async () => (await cartOf(ann)).items.find(({ productId }: Json) => productId === product.id);
    const { id: productId } = product;
    await add(ann, product, 3);
    const [limit] = await hold(`renewable_until = clock_timestamp() + interval '1 minute'`, 'renewable_until');
    for (const change of [() => set(ann, product, 2), () => set(ann, product, 0), () => add(ann, product, 4)])
      expect((await change()).status).toBe(200);
    expect(Date.parse((await cartOf(ann)).expiresAt)).toBe(limit.returned.getTime());
    expect(await line()).toMatchObject({ held: 4, pausedUntil: null });

    const [pause] = await hold(
      'expires_at = clock_timestamp(), renewable_until = clock_timestamp()',
      `expires_at + interval '10 minutes'`,
    );
    const pausedUntil = pause.returned.toISOString();
    expect(await line()).toMatchObject({ quantity: 4, held: 0, available: 5, pausedUntil });
    const paused = { code: 'hold-paused', items: [{ productId, pausedUntil }] };
    await refused(409, paused, () => set(ann, product, 1));
    expect((await add(ann, other, 1)).body.items).toMatchObject([
      { held: 0, pausedUntil },
      { held: 1, pausedUntil: null },
    ]);
    expect((await ann.delete(`/v1/cart/items/${productId}`)).status).toBe(200);
    await refused(409, paused, () => add(ann, product, 1));
    expect((await add(bob, product, 5)).status).toBe(200);
    expect((await set(bob, product, 0)).status).toBe(200);

    await hold(`expires_at = clock_timestamp() - interval '10 minutes'`);
    expect((await add(ann, product, 1)).status).toBe(200);
    expect(await line()).toMatchObject({ held: 1, pausedUntil: null });
  });

  it('CART-13 CART-14 never counts own holds against their owner, and leaves him what others cannot have', async () => {
    const [all, some] = [await shop.product({ stock: 10 }), await shop.product({ stock: 5 })];
    await add(ann, all, 10);
    expect((await bob.post('/v1/orders', items([all, 1]))).body).toMatchObject(short(all, 1, 0));
    expect((await ann.post('/v1/orders', items([all, 10]))).status).toBe(201);
    expect([await shop.onHand(all.id), await shop.holds(all.id)]).toEqual([0, []]);
    // What was ordered beside the cart is used up; the line shows it.
    expect((await cartOf(ann)).items).toMatchObject([{ quantity: 10, held: 0, available: 0 }]);

    await add(bob, some, 4);
    await refused(409, short(some, 3, 1), () => ann.post('/v1/orders', items([some, 3])));
    expect((await ann.post('/v1/orders', items([some, 1]))).status).toBe(201);
    expect((await bob.post('/v1/orders', items([some, 2]))).status).toBe(201);
    expect([await shop.onHand(some.id), await shop.holds(some.id)]).toEqual([2, []]);
  });

  it('adds once under a key, however often and however many at once, and again without one', async () => {
    const product = await shop.product({ stock: 20 });
    const add = (headers: Record<string, string>, quantity = 2) =>
      ann.send<Json>('POST', '/v1/cart/items', items([product, quantity]), headers);
    const inCart = async () => ((await cartOf(ann)).items as Json[]).find(({ productId }) => productId === product.id);
    const before = (await add({})).body;
    const key = { 'idempotency-key': newId() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => add(key)));
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(10).fill([200, answers[0].body]));
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(9);
    expect([before.items.at(-1)?.quantity, (await inCart())?.quantity]).toEqual([2, 4]);
    expect((await add(key, 3)).body.code).toBe('idempotency-key-reused');
    expect((await add({ 'idempotency-key': '' })).body.code).toBe('idempotency-key-invalid');
    await add({});
    expect((await inCart())?.quantity).toBe(6);
    await ann.send('DELETE', '/v1/cart');
  });

  it('CART-16 makes an order of the cart: its holds become the stock of the order, once, and it is empty', async () => {
    const [a, b] = [await shop.product({ stock: 5, price: '2.00' }), await shop.product({ stock: 5, price: '0.50' })];
    await ann.post('/v1/cart/items', items([b, 1], [a, 2]));
    const key = { 'idempotency-key': newId() };
    const body = { expectedTotal: (await cartOf(ann)).total };
    const placed = await ann.post('/v1/cart/checkout', body, key);
    expect([placed.status, placed.headers.get('location')]).toEqual([201, `/v1/orders/${placed.body.id}`]);
    expect(placed.body).toMatchObject({ status: 'reserved', total: { amount: '4.50', currency: 'GBP' } });
    expect(placed.body.items).toMatchObject([
      { productId: b.id, quantity: 1 },
      { productId: a.id, quantity: 2 },
    ]);
    expect([await shop.onHand(a.id), await shop.onHand(b.id)]).toEqual([3, 4]);
    expect([await shop.holds(a.id), await shop.holds(b.id)]).toEqual([[], []]);
    expect(await cartOf(ann)).toEqual({ items: [], total: null, expiresAt: null });
    expect((await ann.get(placed.headers.get('location')!)).body).toEqual(placed.body);

    const again = await ann.post('/v1/cart/checkout', body, key);
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, placed.body, 'true']);
    expect(again.headers.get('location')).toBe(placed.headers.get('location'));
    expect((await ann.post('/v1/cart/checkout', {}, key)).body.code).toBe('idempotency-key-reused');
    expect((await ann.send<Json>('POST', '/v1/cart/checkout', {})).body.code).toBe('idempotency-key-missing');
    expect([await shop.onHand(a.id), (await ann.get('/v1/orders')).body.items]).toMatchObject([3, [{}]]);
  });

  it('is delivered like any order: to an address of the book, by a method, at a total that was shown', async () => {
    const product = await shop.product({ stock: 5, price: '10.00' });
    const express = { code: 'express', name: 'Next day', price: { amount: '5.00', currency: 'GBP' } };
    expect((await shop.admin.post('/v1/shipping-methods', express)).status).toBe(201);
    expect((await shop.admin.put('/v1/tax-rates/GB', { rate: '20', inclusive: false })).status).toBe(200);
    try {
      const { body: address } = await ann.send<Json>('POST', '/v1/customers/me/addresses', ADDRESS);
      await add(ann, product, 2);
      const delivery = { addressId: address.id, shippingMethod: 'express' };
      const checkOut = (body: object) => ann.post('/v1/cart/checkout', body);
      await refused(422, { code: 'shipping-method-required' }, () => checkOut({ addressId: address.id }));
      await refused(422, { code: 'address-required' }, () => checkOut({ shippingMethod: 'express' }));
      const expectedTotal = { amount: '20.00', currency: 'GBP' }; // of the goods alone
      await refused(409, { code: 'price-changed' }, () => checkOut({ ...delivery, expectedTotal }));

      const placed = await checkOut({ ...delivery, expectedTotal: { amount: '30.00', currency: 'GBP' } });
      expect([placed.status, (await cartOf(ann)).items]).toEqual([201, []]);
      expect(placed.body).toMatchObject({
        ...{ shipTo: ADDRESS, shippingMethod: 'express', total: { amount: '30.00' }, subtotal: { amount: '20.00' } },
        ...{ shipping: { amount: '5.00' }, tax: { amount: { amount: '5.00' }, inclusive: false } },
      });
    } finally {
      await shop.admin.send('DELETE', '/v1/shipping-methods/express');
      await shop.admin.send('DELETE', '/v1/tax-rates/GB');
    }
  });

  it('decides a checkout whose holds have lapsed by what is there', async () => {
    const [a, b] = [await shop.product({ stock: 5 }), await shop.product({ stock: 5 })];
    await ann.post('/v1/cart/items', items([a, 4], [b, 4]));
    await shop.lapse(a, b);
    await add(bob, b, 2);
    await refused(409, short(b, 4, 3), () => ann.post('/v1/cart/checkout', {}));
    await bob.delete('/v1/cart');
    expect((await ann.post('/v1/cart/checkout', {})).status).toBe(201);
    expect([await shop.onHand(a.id), await shop.onHand(b.id)]).toEqual([1, 1]);
  });

  it('CART-17 adds several products at once, or none of them', async () => {
    const [a, b, c] = [await shop.product(), await shop.product(), await shop.product({ stock: 1 })];
    await refused(409, short(c, 2, 1), () => ann.post('/v1/cart/items', items([a, 1], [b, 2], [c, 2])));
    const { status, body } = await ann.post('/v1/cart/items', items([a, 1], [b, 2], [a, 3]));
    expect([status, body.items]).toMatchObject([
      200,
      [
        { productId: a.id, quantity: 4, held: 4 },
        { productId: b.id, quantity: 2, held: 2 },
      ],
    ]);
  });

  it('CART-18 is reached by nobody but its owner', async () => {
    const product = await shop.product({ stock: 5 });
    await add(ann, product, 2);
    const cart = await cartOf(ann);
    expect((await bob.get(`/v1/cart/${ann.id}`)).status).toBe(404);
    expect((await bob.get(`/v1/cart?customerId=${ann.id}`)).body.items ?? []).toEqual([]);
    expect((await bob.post('/v1/cart/checkout', {})).body.code).toBe('cart-empty');
    expect((await bob.delete(`/v1/cart/items/${product.id}`)).body.items).toEqual([]);
    expect((await bob.delete('/v1/cart')).status).toBe(204);
    expect([await cartOf(ann), await cartOf(bob)]).toMatchObject([cart, { items: [] }]);
  });

  it('CART-22 takes 50 units of a product, 199 in all, and 100 products', async () => {
    const products = await Promise.all(Array.from({ length: 5 }, () => shop.product({ stock: 100 })));
    const tooMany = (of: string, limit: number, requested: number) => ({
      ...{ code: 'cart-limit-exceeded', of, limit, requested },
    });
    await refused(409, { ...tooMany('units of a product', 50, 51), productId: products[0].id }, () =>
      add(ann, products[0], 51),
    );
    await add(ann, products[0], 26);
    await refused(409, tooMany('units of a product', 50, 52), () => add(ann, products[0], 26));
    await refused(409, tooMany('units of a product', 50, 51), () => set(ann, products[0], 51));
    await refused(409, tooMany('units', 199, 200), () =>
      ann.post(
        '/v1/cart/items',
        items(...products.map((product, i): [Json, number] => [product, [14, 40, 40, 40, 40][i]])),
      ),
    );
    expect(
      (
        await ann.post(
          '/v1/cart/items',
          items([products[1], 50], [products[2], 50], [products[3], 50], [products[0], 23]),
        )
      ).status,
    ).toBe(200);
    await refused(409, tooMany('units', 199, 200), () => add(ann, products[4], 1));

    const many = await Promise.all(Array.from({ length: 101 }, () => shop.product({ stock: 1 })));
    const lines = many.map((product): [Json, number] => [product, 1]);
    expect((await bob.post('/v1/cart/items', items(...lines.slice(0, 100)))).status).toBe(200);
    expect((await add(bob, many[100], 1)).body).toMatchObject(tooMany('products', 100, 101));
    const placed = await bob.post('/v1/cart/checkout', {});
    expect([placed.status, placed.body.items.length]).toEqual([201, 100]);
  });

  it('lets a cart that is beyond new limits get smaller', async () => {
    const [a, b] = [await shop.product({ stock: 100 }), await shop.product({ stock: 100 })];
    await ann.post('/v1/cart/items', items([a, 40], [b, 40]));
    const strict = await Api.start(database, { CART_LINE_LIMIT: '10', CART_LIMIT: '20' });
    try {
      const hers = Object.assign(strict.as(ann.token), { id: ann.id });
      await refused(409, { code: 'cart-limit-exceeded', limit: 10, requested: 41 }, () => set(hers, a, 41));
      expect((await set(hers, a, 30)).body.items).toMatchObject([{ quantity: 30 }, { quantity: 40 }]);
      expect((await hers.delete(`/v1/cart/items/${b.id}`)).body.items).toMatchObject([{ quantity: 30 }]);
    } finally {
      await strict.stop();
    }
  });

  it('CART-23 keeps what is off sale, refuses to check it out by name, and checks it out when it is back', async () => {
    const [on, off] = [await shop.product(), await shop.product({ stock: 3 })];
    await ann.post('/v1/cart/items', items([on, 1], [off, 2]));
    await shop.admin.patch(`/v1/products/${off.id}`, { active: false });
    await refused(422, { code: 'product-not-orderable', productIds: [off.id] }, () =>
      ann.post('/v1/cart/checkout', {}),
    );
    expect((await cartOf(ann)).items[1]).toMatchObject({ productId: off.id, quantity: 2, held: 2, available: 0 });
    await refused(422, { code: 'product-not-orderable', productIds: [off.id] }, () => add(ann, off, 1));
    await refused(422, { code: 'product-not-orderable' }, () => add(ann, { id: newId() }, 1));
    // Any other change extends what is held of it.
    expect((await set(ann, on, 2)).body.items[1]).toMatchObject({ productId: off.id, held: 2 });
    await shop.admin.patch(`/v1/products/${off.id}`, { active: true });
    expect((await bob.post('/v1/orders', items([off, 2]))).body).toMatchObject(short(off, 2, 1));
    expect((await ann.post('/v1/cart/checkout', {})).status).toBe(201);

    await add(ann, off, 1);
    await shop.admin.delete(`/v1/products/${off.id}`);
    expect((await cartOf(ann)).items).toMatchObject([{ productId: off.id, name: off.name, available: 0 }]);
    expect((await ann.delete(`/v1/cart/items/${off.id}`)).body.items).toEqual([]);
  });

  it('CART-27 has nothing to check out when it is empty', async () => {
    const product = await shop.product();
    await refused(422, { code: 'cart-empty' }, () => ann.post('/v1/cart/checkout', {}));
    await add(ann, product, 1);
    await set(ann, product, 0);
    await refused(422, { code: 'cart-empty' }, () => ann.post('/v1/cart/checkout', {}));
    for (const body of [{ expectedTotal: null }, { items: [] }, []])
      await refused(400, {}, () => ann.post('/v1/cart/checkout', body));
  });

  it('CART-28 gives everything back at once when it is cleared', async () => {
    const [a, b] = [await shop.product({ stock: 3 }), await shop.product({ stock: 2 })];
    await ann.post('/v1/cart/items', items([a, 3], [b, 2]));
    expect((await ann.delete('/v1/cart')).status).toBe(204);
    expect([await shop.holds(a.id), await shop.holds(b.id)]).toEqual([[], []]);
    expect((await bob.post('/v1/cart/items', items([a, 3], [b, 2]))).status).toBe(200);
  });

  it('D-13 orders at the price of the moment, or not at all where another total was shown', async () => {
    const product = await shop.product({ price: '5.10' });
    const { body: cart } = await add(ann, product, 2);
    await shop.admin.patch(`/v1/products/${product.id}`, { price: { amount: '5.90', currency: 'GBP' } });
    const total = { amount: '11.80', currency: 'GBP' };
    await refused(409, { code: 'price-changed', expectedTotal: cart.total, total }, () =>
      ann.post('/v1/cart/checkout', { expectedTotal: cart.total }),
    );
    expect((await cartOf(ann)).total).toEqual(total);
    expect((await ann.post('/v1/cart/checkout', { expectedTotal: total })).body.total).toEqual(total);
  });

  it('shows what is in it also where that has no sum', async () => {
    const [cup, dear] = [await shop.product(), await shop.product({ price: '9999999999.99', stock: 5 })];
    const { body: yen } = await shop.admin.send<Json>('POST', '/v1/products', {
      ...{ sku: `Y-${newId()}`, name: 'Yen', stock: 9, price: { amount: '120', currency: 'JPY' } },
    });
    await add(ann, dear, 1);
    expect((await add(ann, dear, 1)).body).toMatchObject({ total: null, items: [{ subtotal: null, held: 2 }] });
    await refused(422, { code: 'amount-out-of-range' }, () => ann.post('/v1/cart/checkout', {}));
    await ann.delete(`/v1/cart/items/${dear.id}`);
    expect((await ann.post('/v1/cart/items', items([cup, 1], [yen, 1]))).body).toMatchObject({
      total: null,
      items: [{ subtotal: { currency: 'GBP' } }, { subtotal: { amount: '120', currency: 'JPY' } }],
    });
    await refused(422, { code: 'currencies-mixed' }, () => ann.post('/v1/cart/checkout', {}));
  });

  describe('the catalogue', () => {
    it('shows everywhere what can still be had: own holds are off the list, but not off what one looks at', async () => {
      const mark = newId();
      const product = await shop.product({ stock: 5, name: mark });
      const listed = async (customer: Caller, query = '') =>
        (await customer.get(`/v1/products?q=${mark}${query}`)).body.items.map(({ stock }: Json) => stock as number);
      await add(ann, product, 3);
      expect([await listed(bob), await listed(ann), await listed(api.as())]).toEqual([[2], [2], [2]]);
      expect([await seenBy(bob, product), await seenBy(api.as(), product), await seenBy(ann, product)]).toEqual([
        2, 2, 5,
      ]);
      await add(bob, product, 2);
      expect([await listed(bob), await listed(bob, '&inStock=false'), await listed(shop.admin)]).toEqual([
        [],
        [0],
        [0],
      ]);
      expect(await seenBy(ann, product)).toBe(3);
      const { body: forAdmins } = await shop.admin.get(`/v1/products/${product.id}`);
      expect(forAdmins).toMatchObject({ stock: 0, onHand: 5 });
      expect((await bob.get(`/v1/products/${product.id}`)).body).not.toHaveProperty('onHand');
      expect((await shop.admin.patch(`/v1/products/${product.id}`, { stock: 6 })).body).toMatchObject({
        stock: 1,
        onHand: 6,
      });
      await shop.lapse(product);
      expect([await listed(bob), await seenBy(bob, product)]).toEqual([[6], 6]);
    });

    it('has another ETag while something is held, which an admin may still match', async () => {
      const product = await shop.product();
      const path = `/v1/products/${product.id}`;
      const { headers } = await bob.get(path);
      await add(ann, product, 3);
      const changed = await bob.get(path, { 'if-none-match': headers.get('etag')! });
      expect([changed.status, changed.body.stock]).toEqual([200, 7]);
      const etag = changed.headers.get('etag')!;
      expect((await bob.get(path, { 'if-none-match': etag })).status).toBe(304);
      expect((await ann.get(path, { 'if-none-match': headers.get('etag')! })).status).toBe(304);
      expect((await shop.admin.patch(path, { name: 'Other' }, { 'if-match': etag })).status).toBe(200);
      expect((await shop.admin.patch(path, { name: 'More' }, { 'if-match': etag })).status).toBe(412);
    });

    it('CAT-25 D-24 lets an admin cut below what is held: then nothing is available, and never less', async () => {
      const product = await shop.product({ stock: 10 });
      const adjust = (delta: number) =>
        shop.admin.post(`/v1/products/${product.id}/stock-adjustments`, { delta, reason: 'broken' });
      await add(ann, product, 4);
      await add(bob, product, 3);
      expect((await adjust(-5)).status).toBe(201);
      expect([await seenBy(api.as(), product), await seenBy(ann, product), await seenBy(bob, product)]).toEqual([
        0, 2, 1,
      ]);
      expect((await cartOf(ann)).items).toMatchObject([{ quantity: 4, held: 4, available: 2 }]);
      await refused(409, short(product, 4, 2), () => ann.post('/v1/cart/checkout', {}));
      // With her next change ann lets go of what she cannot have, and it is bob's.
      const other = await shop.product();
      expect((await add(ann, other, 1)).body.items).toMatchObject([
        { quantity: 4, held: 0, available: 2 },
        { held: 1 },
      ]);
      expect((await bob.post('/v1/cart/checkout', {})).status).toBe(201);
      const tooMuch = await adjust(-3);
      expect([tooMuch.status, tooMuch.body]).toMatchObject([409, short(product, 3, 2)]);
    });

    it('D-33 gives one customer only so many units of a product, in carts and in orders', async () => {
      const product = await shop.product({ stock: 20, unitLimit: 5 });
      expect(product.unitLimit).toBe(5);
      const limit = (requested: number, alreadyOrdered: number) => ({
        ...{ code: 'unit-limit-exceeded', productId: product.id, limit: 5, requested, alreadyOrdered },
      });
      await refused(409, limit(6, 0), () => add(ann, product, 6));
      await refused(409, limit(6, 0), () => ann.post('/v1/orders', items([product, 3], [product, 3])));
      const { body: order } = await ann.post('/v1/orders', items([product, 2]));
      await add(ann, product, 3);
      await refused(409, limit(4, 2), () => add(ann, product, 1));
      await refused(409, limit(4, 2), () => set(ann, product, 4));
      expect((await bob.post('/v1/orders', items([product, 5]))).status).toBe(201);
      await shop.admin.patch(`/v1/products/${product.id}`, { unitLimit: 4 });
      await refused(409, { ...limit(3, 2), limit: 4 }, () => ann.post('/v1/cart/checkout', {}));
      expect((await ann.delete(`/v1/cart/items/${newId()}`)).status).toBe(200);
      await ann.post(`/v1/orders/${order.id}/cancel`);
      expect((await ann.post('/v1/cart/checkout', {})).status).toBe(201);
      await shop.admin.patch(`/v1/products/${product.id}`, { unitLimit: null });
      expect((await ann.get(`/v1/products/${product.id}`)).body.unitLimit).toBeNull();
      expect((await ann.post('/v1/orders', items([product, 5]))).status).toBe(201);
      for (const unitLimit of [0, -1, 1.5, '5', 2_147_483_648])
        expect((await shop.admin.patch(`/v1/products/${product.id}`, { unitLimit })).status).toBe(400);
    });
  });

  it('breaks nothing when its owner is gone: what he held is there for others after its time', async () => {
    const product = await shop.product({ stock: 3 });
    await add(ann, product, 3);
    expect((await ann.send('DELETE', '/v1/customers/me', { password: CUSTOMER_PASSWORD })).status).toBe(204);
    expect((await ann.get('/v1/cart')).status).toBe(401);
    await shop.lapse(product);
    expect((await bob.post('/v1/orders', items([product, 3]))).status).toBe(201);
  });
});
