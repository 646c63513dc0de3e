import { createHash } from 'node:crypto';
import { newId } from '@holdfast/shared-kernel';
import { type Answer, Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

describe('the catalogue', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let customer: Caller & { id: string };
  let anyone: Caller;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    shop = await Shop.open(api, database);
    customer = await shop.customer();
    anyone = api.as();
  });
  afterAll(async () => {
    await expectInvariants(database);
    await api.stop();
    await database.drop();
  });

  const create = (body: object) =>
    shop.admin.send<Json>('POST', '/v1/products', {
      sku: `S-${newId()}`,
      name: 'Thing',
      price: { amount: '1.00', currency: 'GBP' },
      ...body,
    });
  const price = (amount: unknown, currency: unknown = 'GBP') => ({ price: { amount, currency } });
  const names = (body: Json) => body.items.map(({ name }: Json) => name as string) as string[];
  const walk = async (caller: Caller, path: string) => {
    const all: Json[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { status, body }: Json = await caller.get(`${path}${cursor && `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      all.push(...body.items);
      cursor = body.nextCursor;
    }
    return all;
  };

  it('CAT-04 adds a product with its defaults', async () => {
    const { status, headers, body } = await create({ name: ' New Product ', ...price('300') });
    expect([status, headers.get('location')]).toEqual([201, `/v1/products/${body.id}`]);
    expect(headers.get('etag')).toMatch(/^"1-[\w-]+"$/);
    expect(body).toMatchObject({
      name: 'New Product',
      price: { amount: '300.00', currency: 'GBP' },
      stock: 0,
      active: true,
      description: '',
    });
    const read = await shop.admin.get(`/v1/products/${body.id}`);
    expect([read.body, read.headers.get('etag')]).toEqual([body, headers.get('etag')]);
  });

  it('CAT-05 keeps every SKU unique, also among parallel creations', async () => {
    const sku = `S-${newId()}`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => create({ sku })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('sku-taken');
    expect(await database.query('SELECT 1 FROM catalog.products WHERE sku = $1', [sku])).toHaveLength(1);
  });

  it('CAT-06 CAT-07 CAT-08 refuses what no product can be, accepts the very limits', async () => {
    const [{ n }] = await database.query<{ n: number }>('SELECT count(*)::int AS n FROM catalog.products');
    const bad: object[] = [
      { name: '' },
      { name: '   ' },
      { name: 'x'.repeat(256) },
      { name: null },
      { name: 7 },
      { sku: '' },
      { sku: 'with blank' },
      { sku: 'ünï' },
      { sku: 'x'.repeat(65) },
      ...['-0.01', '1.999', '10000000000.00', '', 'abc', '1e3', 1.5, null].map((amount) => price(amount)),
      price('1.00', 'gbp'),
      price('1.00', 'XXXX'),
      price('1.5', 'JPY'),
      price('1.00', null),
      { price: '1.00' },
      { price: null },
      ...[-1, 1.5, '3', null, 2147483648, 9007199254740993, 1e20].map((stock) => ({ stock })),
      { price: [] },
      { price: [{ amount: '1.00', currency: 'GBP' }] },
      { price: undefined },
      { name: 'a\uFE0F'.repeat(200) },
      { toString: 'x' },
      { active: 'yes' },
      { active: null },
      { description: 'x'.repeat(10_001) },
      { id: newId() },
      { version: 4 },
      ...[
        ...['http://a.example/1.jpg', 'a.example/1.jpg', 'ftp://a.example/1', 'javascript:alert(1)', '', 7, null],
        `https://a.example/${'x'.repeat(2_048)}`,
      ].map((url) => ({ images: [{ url }] })),
      ...['x'.repeat(256), 7].map((alt) => ({ images: [{ url: 'https://a.example/1.jpg', alt }] })),
      { images: Array.from({ length: 11 }, (_, n) => ({ url: `https://a.example/${n}.jpg` })) },
      { images: [{ url: 'https://a.example/1.jpg', width: 7 }] },
      ...[null, 'https://a.example/1.jpg', ['https://a.example/1.jpg'], [[]], {}].map((images) => ({ images })),
    ];
    for (const body of bad) expect([body, (await create(body)).status]).toEqual([body, 400]);
    const [after] = await database.query('SELECT count(*)::int AS n FROM catalog.products');
    expect(after).toEqual({ n });
    for (const body of [{ name: 'x'.repeat(255) }, price('0'), { stock: 0 }, { stock: 2147483647 }])
      expect([body, (await create(body)).status]).toEqual([body, 201]);
    const { body } = await create(price('9999999999.99'));
    expect((await anyone.get(`/v1/products/${body.id}`)).status).toBe(200);
    expect(body.price.amount).toBe('9999999999.99');
  });

  it('shows the first image in lists, carts and orders, and all of them of one product', async () => {
    const images = Array.from({ length: 10 }, (_, n) => ({
      url: `https://images.example/${n}.jpg`,
      alt: `Image ${n}`,
    }));
    const name = `Pictured ${newId()}`;
    const { body: product } = await create({ name, stock: 5, images });
    expect([product.image, product.images]).toEqual([images[0], images]);
    const listed = async () => (await shop.admin.get(`/v1/products?q=${name.split(' ')[1]}`)).body.items[0];
    expect([(await listed()).image, (await listed()).images]).toEqual([images[0], undefined]);
    const line = { productId: product.id, quantity: 1 };
    const cart = await customer.send<Json>('POST', '/v1/cart/items', line);
    expect([cart.body, (await customer.get('/v1/cart')).body].map(({ items }) => items[0].image)).toEqual([
      images[0],
      images[0],
    ]);
    const order = await customer.send<Json>('POST', '/v1/orders', items([product, 1]), { 'idempotency-key': newId() });
    expect(order.body.items[0].image).toEqual(images[0]);

    const path = `/v1/products/${product.id}`;
    const { body: changed } = await shop.admin.patch(path, { images: [{ url: images[5].url }] });
    expect([changed.image, changed.images]).toEqual([
      { url: images[5].url, alt: null },
      [{ url: images[5].url, alt: null }],
    ]);
    const read = await shop.admin.get(path);
    expect(read.body).toEqual(changed);
    expect((await customer.get(`/v1/orders/${order.body.id}`)).body.items[0].image).toEqual(images[0]);
    expect((await shop.admin.patch(path, { images: [] })).body).toMatchObject({ image: null, images: [] });
    expect((await listed()).image).toBeNull();
    await customer.send('DELETE', '/v1/cart', undefined);
  });

  it('CAT-09 changes only what is given', async () => {
    const { body: product } = await create({ name: 'Before', stock: 5, ...price('4.00') });
    const path = `/v1/products/${product.id}`;
    expect((await shop.admin.patch(path, price('6.00'))).body).toMatchObject({
      name: 'Before',
      price: { amount: '6.00' },
      stock: 5,
      active: true,
    });
    expect((await shop.admin.patch(path, { stock: 9 })).body).toMatchObject({
      price: { amount: '6.00' },
      stock: 9,
      active: true,
    });
    expect((await shop.admin.patch(path, { active: false })).body).toMatchObject({
      price: { amount: '6.00' },
      stock: 9,
      active: false,
    });
    expect((await shop.admin.patch(path, { name: null })).status).toBe(400);
    expect((await shop.admin.patch(`/v1/products/${newId()}`, { stock: 1 })).status).toBe(404);
    const malformed = await shop.admin.patch('/v1/products/abc', { stock: 1 });
    expect([malformed.status, malformed.body.errors[0].pointer]).toEqual([400, '/id']);
  });

  it('answers 304 for the current ETag, and 412 to a change of an older one', async () => {
    const { body: product } = await create({ stock: 5 });
    const path = `/v1/products/${product.id}`;
    const etag = (await anyone.get(path)).headers.get('etag')!;
    const same = await anyone.get(path, { 'if-none-match': `W/"9", ${etag}` });
    expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await shop.admin.patch(path, { name: 'Changed' }, { 'if-match': etag })).status).toBe(200);
    for (const [method, body] of [
      ['PATCH', { name: 'Lost' }],
      ['DELETE', undefined],
    ] as const) {
      const stale = await shop.admin.send<Json>(method, path, body, { 'if-match': etag });
      expect([stale.status, stale.body.code]).toEqual([412, 'precondition-failed']);
    }
    for (const ifMatch of ['"02"', 'W/"2"', '2', 'nonsense'])
      expect((await shop.admin.patch(path, { name: 'Lost' }, { 'if-match': ifMatch })).status).toBe(412);
    for (const ifMatch of ['"9", "2"', '*'])
      expect((await shop.admin.patch(path, {}, { 'if-match': ifMatch })).status).toBe(200);
    const now = await anyone.get(path, { 'if-none-match': etag });
    expect([now.status, now.body.name, now.headers.get('etag')]).toEqual([
      200,
      'Changed',
      expect.stringMatching(/^"2-/),
    ]);
    await customer.post('/v1/orders', items([product, 1]));
    expect((await anyone.get(path)).headers.get('etag')).toMatch(/^"3-/);
  });

  it('has an ETag that reveals nothing to a customer beyond the visible stock', async () => {
    const product = await shop.product({ stock: 5 });
    const path = `/v1/products/${product.id}`;
    const ann = await shop.customer();
    await ann.put(`/v1/cart/items/${product.id}`, { quantity: 5 });
    expect((await shop.admin.patch(path, { stock: 3 })).status).toBe(200);
    const seen = async (caller: Caller) => {
      const { body, headers } = await caller.get(path);
      return { stock: body.stock as number, etag: headers.get('etag')! };
    };
    const [before, forAdmin] = [await seen(anyone), await seen(shop.admin)];
    expect([before.stock, forAdmin.stock, forAdmin.etag === before.etag]).toEqual([0, 0, false]);
    // Three units are on hand; five in holds have become three. A customer sees none either way.
    expect((await ann.put(`/v1/cart/items/${product.id}`, { quantity: 3 })).status).toBe(200);
    expect(await seen(anyone)).toEqual(before);
    await ann.delete('/v1/cart');
    const after = await seen(anyone);
    expect([after.stock, after.etag === before.etag]).toEqual([3, false]);
    // The whole tag follows from what the customer sees: other units on hand beside the same stock give the same tag.
    const { body } = await anyone.get(path);
    const hash = createHash('sha1').update(JSON.stringify(body)).digest('base64url');
    expect(after.etag).toBe(`"${body.version}-${hash}"`);
  });

  it('lets an API key set stock only with the scope stock:write, whichever way', async () => {
    const issue = async (...scopes: string[]) =>
      api.as((await shop.admin.send<Json>('POST', '/v1/api-keys', { name: 'A machine', scopes })).body.key as string);
    const catalogueOnly = await issue('catalogue:write');
    const both = await issue('catalogue:write', 'stock:write');
    const stockOnly = await issue('stock:write');
    const product = await shop.product({ stock: 5 });
    const path = `/v1/products/${product.id}`;
    const csv = (...lines: string[]) => ['sku,name,price,currency,stock', ...lines].join('\n');
    const fresh = (more: object) => ({ sku: newId(), name: 'Thing', ...price('1.00'), ...more });
    const importing =
      (file: () => string, query = '') =>
      (caller: Caller) =>
        caller.send<Json>('POST', `/v1/products/import${query}`, file(), { 'content-type': 'text/csv' });

    const ways: [string, (caller: Caller) => Promise<Answer<Json>>, success: number, setsStock: boolean][] = [
      ['PATCH', (caller) => caller.patch(path, { stock: 9 }), 200, true],
      ['PATCH of what it is', (caller) => caller.patch(path, { stock: 9, name: 'Same' }), 200, true],
      ['PATCH to 0', (caller) => caller.patch(path, { stock: 0 }), 200, true],
      ['PATCH without stock', (caller) => caller.patch(path, { name: 'Renamed' }), 200, false],
      ['POST', (caller) => caller.post('/v1/products', fresh({ stock: 3 })), 201, true],
      ['POST of 0', (caller) => caller.post('/v1/products', fresh({ stock: 0 })), 201, true],
      ['POST without stock', (caller) => caller.post('/v1/products', fresh({})), 201, false],
      ['import', importing(() => csv(`${newId()},Thing,1,GBP,`, `${newId()},Thing,1,GBP,4`)), 200, true],
      ['import by map', importing(() => `sku,Bestand\n${product.sku},4`, '?map=Bestand:stock'), 200, true],
      ['import with empty cells', importing(() => csv(`${newId()},Thing,1,GBP,`)), 200, false],
      ['import that leaves it out', importing(() => `sku,Bestand\n${product.sku},4`, '?map=Bestand:'), 200, false],
    ];
    const count = async () =>
      (await database.query('SELECT count(*)::int AS n FROM catalog.products'))[0]['n'] as number;
    for (const [way, act, success, setsStock] of ways) {
      const before = [await count(), (await shop.admin.get(path)).body.onHand];
      const refused = await act(catalogueOnly);
      expect([way, refused.status, refused.body.scopes]).toEqual(
        setsStock ? [way, 403, ['stock:write']] : [way, success, undefined],
      );
      if (setsStock) expect([way, await count(), (await shop.admin.get(path)).body.onHand]).toEqual([way, ...before]);
      expect([way, (await act(stockOnly)).status]).toEqual([way, 403]);
      for (const caller of [both, shop.admin]) expect([way, (await act(caller)).status]).toEqual([way, success]);
    }
  });

  it('answers 409 sku-taken to a SKU that differs in case only', async () => {
    const sku = `Abc-${newId()}`;
    await create({ sku });
    const refused = await create({ sku: sku.toUpperCase() });
    expect([refused.status, refused.body.code]).toEqual([409, 'sku-taken']);
  });

  it('CAT-10 CAT-11 retires a product: gone from the catalogue, not from history, and its SKU is free again', async () => {
    const { body: product } = await create({ stock: 5, name: 'Retiring' });
    const { body: order } = await customer.post('/v1/orders', items([product, 2]));
    expect((await shop.admin.delete(`/v1/products/${product.id}`)).status).toBe(204);
    for (const caller of [anyone, shop.admin])
      expect((await caller.get(`/v1/products/${product.id}`)).status).toBe(404);
    expect((await anyone.get('/v1/products?q=Retiring')).body.items).toEqual([]);
    expect((await customer.post('/v1/orders', items([product, 1]))).body.code).toBe('product-not-orderable');
    expect((await customer.get(`/v1/orders/${order.id}`)).body).toEqual(order);
    expect((await shop.admin.delete(`/v1/products/${product.id}`)).status).toBe(404);
    expect((await shop.admin.get(`/v1/products/${product.id}/stock-adjustments`)).body.items).toHaveLength(2);
    expect((await create({ sku: product.sku })).status).toBe(201);
  });

  it('CAT-13 lets only admins write', async () => {
    const { body: product } = await create({ stock: 5 });
    const path = `/v1/products/${product.id}`;
    const writes: [string, string, object?][] = [
      ['POST', '/v1/products', { sku: 'X', name: 'X', ...price('1.00') }],
      ['PATCH', path, { stock: 1 }],
      ['DELETE', path],
      ['POST', `${path}/stock-adjustments`, { delta: 1, reason: 'x' }],
      ['GET', `${path}/stock-adjustments`],
    ];
    for (const [method, url, body] of writes) {
      expect([method, url, (await customer.send(method, url, body, { 'idempotency-key': 'k' })).status]).toEqual([
        method,
        url,
        403,
      ]);
      expect([method, url, (await anyone.send(method, url, body, { 'idempotency-key': 'k' })).status]).toEqual([
        method,
        url,
        401,
      ]);
    }
    expect((await shop.admin.get(path)).body).toEqual(product);
  });

  describe('the list', () => {
    const mark = newId().slice(-8);
    beforeAll(async () => {
      // Ties in name and price on purpose: the id decides between them.
      for (let i = 0; i < 20; i++)
        await create({
          name: `${mark} ${i < 10 ? 'tie' : `item ${String(i).padStart(2, '0')}`}`,
          stock: i === 7 ? 0 : 52,
          ...price(`${(i % 5) + 1}.00`),
        });
      await create({ name: `${mark} MacBook 100%_\\ off`, stock: 1, active: false });
    });

    it('CAT-01 CAT-22 shows customers what they can get; sold-out products on request; inactive ones to admins', async () => {
      expect((await anyone.get(`/v1/products?q=${mark}&limit=100`)).body.items).toHaveLength(19);
      expect((await customer.get(`/v1/products?q=${mark}&limit=100&inStock=false`)).body.items).toHaveLength(20);
      expect((await customer.get(`/v1/products?q=${mark}&limit=100&active=false`)).body.items).toHaveLength(0);
      expect((await shop.admin.get(`/v1/products?q=${mark}&limit=100`)).body.items).toHaveLength(21);
      expect(
        (await shop.admin.get(`/v1/products?q=${mark}&limit=100&active=true&inStock=true`)).body.items,
      ).toHaveLength(19);
      const [inactive] = (await shop.admin.get(`/v1/products?q=${mark}&active=false`)).body.items;
      expect((await customer.get(`/v1/products/${inactive.id}`)).status).toBe(404);
      expect((await shop.admin.get(`/v1/products/${inactive.id}`)).status).toBe(200);
    });

    it('CAT-14 searches names and SKUs in any case, and takes %, _ and \\ as they are', async () => {
      const search = async (q: string) => names((await shop.admin.get(`/v1/products?q=${encodeURIComponent(q)}`)).body);
      expect(await search(`${mark} MACBOOK`)).toHaveLength(1);
      expect(await search('100%_\\ off')).toHaveLength(1);
      expect(await search(`${mark}%tie`)).toHaveLength(0);
      expect(await search(`${mark}_tie`)).toHaveLength(0);
      expect(await search(`' OR 1=1--`)).toHaveLength(0);
    });

    it.each(['name', '-name', 'price', '-price', 'createdAt', '-createdAt'])(
      'CAT-02 CAT-16 is walked by %s without gap or repetition, ties included',
      async (sort) => {
        const path = `/v1/products?q=${mark}&inStock=false&sort=${sort}`;
        const all = await walk(anyone, `${path}&limit=3`);
        expect(all).toHaveLength(20);
        expect(new Set(all.map(({ id }) => id as string)).size).toBe(20);
        expect((await anyone.get(`${path}&limit=100`)).body.items).toEqual(all);
        const keys = all.map((item): string | number =>
          sort.endsWith('price')
            ? Number(item.price.amount)
            : sort.endsWith('name')
              ? item.name.toLowerCase()
              : item.createdAt,
        );
        const ascending = [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(keys).toEqual(sort.startsWith('-') ? ascending.reverse() : ascending);
      },
    );

    it('filters by price', async () => {
      const { body } = await anyone.get(`/v1/products?q=${mark}&inStock=false&minPrice=2&maxPrice=3.00&limit=100`);
      expect(body.items).toHaveLength(8);
      expect(body.items.every(({ price: { amount } }: Json) => ['2.00', '3.00'].includes(amount as string))).toBe(true);
    });

    it('CAT-03 LIM-11 refuses bad paging, and cursors of other lists', async () => {
      for (const query of [
        'limit=0',
        'limit=-1',
        'limit=101',
        'limit=abc',
        'limit=1e9',
        'limit=0x10',
        'limit=1e1',
        'limit=%205',
        'limit=1.0',
        'toString=1',
        '__proto__=1',
        'limit=',
        'limit=1&limit=2',
        'sort=stock',
        'inStock=maybe',
        'minPrice=-1',
        'minPrice=1e5',
        'page=1000000000',
        'q[]=a',
      ])
        expect([query, (await anyone.get(`/v1/products?${query}`)).status]).toEqual([query, 400]);
      const { body } = await anyone.get(`/v1/products?q=${mark}&limit=1`);
      const { body: byTime } = await anyone.get(`/v1/products?q=${mark}&sort=createdAt&limit=1`);
      const [version, , id, binding] = JSON.parse(
        Buffer.from(String(byTime.nextCursor), 'base64url').toString(),
      ) as unknown[];
      for (const day of ['2024-02-30', '2024-04-31', '2023-02-29', '0000-01-01', '2024-01-01 25:00:00', "2024'"]) {
        const cursor = Buffer.from(JSON.stringify([version, `${day} 00:00:00+00`, id, binding])).toString('base64url');
        const refused = await anyone.get(`/v1/products?q=${mark}&sort=createdAt&limit=1&cursor=${cursor}`);
        expect([day, refused.status, refused.body.code]).toEqual([day, 400, 'invalid-cursor']);
      }
      const forged = Buffer.from(JSON.stringify([1, "x'; DROP TABLE catalog.products", newId(), 'x'])).toString(
        'base64url',
      );
      for (const query of [
        `limit=1&cursor=${body.nextCursor}`,
        `q=${mark}&sort=price&cursor=${body.nextCursor}`,
        'cursor=abc',
        'cursor=',
        `cursor=${forged}`,
      ]) {
        const refused = await anyone.get(`/v1/products?${query}`);
        expect([query, refused.status, refused.body.code]).toEqual([query, 400, 'invalid-cursor']);
      }
    });
  });

  describe('stock', () => {
    const adjust = (product: Json, body: object, headers: Record<string, string> = {}) =>
      shop.admin.post(`/v1/products/${product.id}/stock-adjustments`, body, headers);
    const ledger = async (product: Json) =>
      (await walk(shop.admin, `/v1/products/${product.id}/stock-adjustments?limit=2`)).map(
        ({ delta, balanceAfter, kind }: Json) => [kind, delta, balanceAfter],
      );

    it('CAT-27 is set by compare-and-set, and the ledger has a row for each change only', async () => {
      const { body: product } = await create({ stock: 0 });
      const first = await adjust(product, { onHand: 5, expectedOnHand: 0, reason: 'count' });
      expect([first.status, first.body]).toMatchObject([
        201,
        { delta: 5, balanceAfter: 5, kind: 'adjustment', reason: 'count', orderId: null },
      ]);
      expect((await adjust(product, { onHand: 5, expectedOnHand: 5, reason: 'count' })).body).toMatchObject({
        id: null,
        delta: 0,
        balanceAfter: 5,
      });
      expect((await adjust(product, { onHand: 3, expectedOnHand: 5, reason: 'count' })).status).toBe(201);
      expect(await ledger(product)).toEqual([
        ['adjustment', -2, 3],
        ['adjustment', 5, 5],
      ]);
      const stale = await adjust(product, { onHand: 9, expectedOnHand: 5, reason: 'count' });
      expect([stale.status, stale.body]).toMatchObject([409, { code: 'stock-changed', expectedOnHand: 5, onHand: 3 }]);
    });

    it('CAT-25 never goes below zero or above what an integer holds', async () => {
      const { body: product } = await create({ stock: 10 });
      await customer.post('/v1/orders', items([product, 7]));
      const below = await adjust(product, { delta: -4, reason: 'broken' });
      expect([below.status, below.body]).toMatchObject([
        409,
        { code: 'insufficient-stock', items: [{ productId: product.id, requested: 4, available: 3 }] },
      ]);
      const above = await adjust(product, { delta: 2147483647, reason: 'dreaming' });
      expect([above.status, above.body.code]).toEqual([422, 'stock-too-large']);
      expect((await adjust(product, { delta: -3, reason: 'broken' })).body.balanceAfter).toBe(0);
      expect(await ledger(product)).toEqual([
        ['adjustment', -3, 0],
        ['order-placed', -7, 3],
        ['initial', 10, 10],
      ]);
    });

    it('refuses what is no adjustment', async () => {
      const { body: product } = await create({ stock: 10 });
      const reason = 'x';
      for (const body of [
        {},
        { reason },
        { delta: 0, reason },
        { delta: 1 },
        { delta: 1.5, reason },
        { delta: '1', reason },
        { delta: 1, reason: ' ' },
        { onHand: 1, reason },
        { expectedOnHand: 1, reason },
        { onHand: -1, expectedOnHand: 1, reason },
        { delta: 1, onHand: 1, expectedOnHand: 1, reason },
        { delta: null, reason },
        { delta: 1, reason: 'x'.repeat(256) },
      ])
        expect([body, (await adjust(product, body)).status]).toEqual([body, 400]);
      expect((await adjust({ id: newId() }, { delta: 1, reason })).status).toBe(404);
      expect(await shop.onHand(product.id)).toBe(10);
    });

    it('is adjusted once under one key', async () => {
      const { body: product } = await create({ stock: 10 });
      const key = { 'idempotency-key': newId() };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => adjust(product, { delta: 1, reason: 'found' }, key)),
      );
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
      expect(await shop.onHand(product.id)).toBe(11);
    });
  });
});
