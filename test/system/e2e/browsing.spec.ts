import { newId } from '@holdfast/shared-kernel';
import { Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

describe('a catalogue worth browsing', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let customer: Caller & { id: string };
  let anyone: Caller;

  beforeAll(async () => {
    database = await createTestDatabase();
    // So long that what is seen at once was not seen because a page had expired.
    api = await Api.start(database, { CATALOGUE_CACHE_TTL: '10m' });
    shop = await Shop.open(api, database);
    customer = await shop.customer();
    anyone = api.as();
  });
  afterAll(async () => {
    await expectInvariants(database);
    await api.stop();
    await database.drop();
  });

  const answer = ({ status, body }: { status: number; body: Json }) => [status, body.code as string | undefined];
  const makeCategory = (body: object) => shop.admin.send<Json>('POST', '/v1/categories', body);
  /** A name of its own, unless one is given. */
  const aCategory = async (parentId?: string, name = newId()): Promise<Json> => {
    const made = await makeCategory({ name, ...(parentId && { parentId }) });
    expect(made.status).toBe(201);
    return made.body;
  };
  const moved = (id: string, body: object) => shop.admin.patch(`/v1/categories/${id}`, body);
  const idsOf = async (query: string, caller = anyone): Promise<string[]> => {
    const { status, body } = await caller.get(`/v1/products?limit=100&${query}`);
    expect([query, status]).toEqual([query, 200]);
    return (body.items as Json[]).map(({ id }) => id as string).sort();
  };
  const ids = (...products: Json[]) => products.map(({ id }) => id as string).sort();
  const eventsOf = async (product: Json) =>
    (
      await database.query<{ type: string; payload: object }>(
        'SELECT type, payload FROM platform.outbox WHERE aggregate_id = $1 ORDER BY sequence',
        [product.id],
      )
    ).map(({ type, payload }) => ({ type, ...payload }));

  describe('by categories', () => {
    it('is read by anyone, and written by admins', async () => {
      const { id, name } = await aCategory();
      const one = async () =>
        (await anyone.get('/v1/categories?limit=100')).body.items.find((each: Json) => each.id === id);
      expect(await one()).toMatchObject({ name, parentId: null });
      expect((await moved(id, { name: ' Cups ' })).body).toMatchObject({ id, name: 'Cups', parentId: null });
      expect(await one()).toMatchObject({ name: 'Cups' });
      for (const [caller, status] of [
        [anyone, 401],
        [customer, 403],
      ] as const)
        for (const [method, path, body] of [
          ['POST', '/v1/categories', { name: 'Mine' }],
          ['PATCH', `/v1/categories/${id}`, { name: 'Mine' }],
          ['DELETE', `/v1/categories/${id}`, undefined],
        ] as const)
          expect([method, (await caller.send<Json>(method, path, body)).status]).toEqual([method, status]);
      expect((await shop.admin.delete(`/v1/categories/${id}`)).status).toBe(204);
      expect(await one()).toBeUndefined();
      for (const method of ['PATCH', 'DELETE'])
        expect(
          answer(await shop.admin.send<Json>(method, `/v1/categories/${id}`, method === 'PATCH' ? {} : undefined)),
        ).toEqual([404, 'category-not-found']);
    });

    it('is walked page by page, with every category once', async () => {
      for (let i = 0; i < 5; i++) await aCategory();
      const all: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body }: Json = await anyone.get(`/v1/categories?limit=2${cursor && `&cursor=${cursor}`}`);
        all.push(...(body.items as Json[]).map(({ id }) => id as string));
        cursor = body.nextCursor;
      }
      const stored = await database.query<{ id: string }>('SELECT id FROM catalog.categories');
      expect(all.sort()).toEqual(stored.map(({ id }) => id).sort());
      expect(answer(await anyone.get('/v1/categories?cursor=abc'))).toEqual([400, 'invalid-cursor']);
    });

    it('refuses what is no category', async () => {
      for (const body of [
        {},
        { name: '' },
        { name: ' ' },
        { name: 'x'.repeat(101) },
        { name: null },
        { name: 'x', parentId: 'top' },
        { name: 'x', depth: 1 },
      ])
        expect([body, (await makeCategory(body)).status]).toEqual([body, 400]);
      expect(answer(await makeCategory({ name: 'x', parentId: newId() }))).toEqual([422, 'category-unknown']);
    });

    it('keeps the names of siblings apart, in any case', async () => {
      const [home, garden] = [await aCategory(), await aCategory()];
      const cups = await aCategory(home.id as string, 'Cups');
      expect(answer(await makeCategory({ name: 'CUPS', parentId: home.id }))).toEqual([409, 'category-name-taken']);
      const elsewhere = await aCategory(garden.id as string, 'cups');
      expect(answer(await moved(elsewhere.id, { parentId: home.id }))).toEqual([409, 'category-name-taken']);
      expect((await moved(elsewhere.id, { name: 'Mugs', parentId: home.id })).status).toBe(200);
      expect(answer(await moved(elsewhere.id, { name: cups.name }))).toEqual([409, 'category-name-taken']);
      const [top, same] = [await aCategory(), await makeCategory({ name: (home.name as string).toUpperCase() })];
      expect(answer(same)).toEqual([409, 'category-name-taken']);
      const twins = await Promise.all(
        Array.from({ length: 5 }, () => makeCategory({ name: 'Twin', parentId: top.id })),
      );
      expect(twins.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    });

    it('lets nothing stand under itself, nor deeper than five', async () => {
      const path: Json[] = [await aCategory()];
      for (let i = 1; i < 5; i++) path.push(await aCategory(path[i - 1].id as string));
      const [first, second, , , fifth] = path;
      expect(answer(await makeCategory({ name: 'x', parentId: fifth.id }))).toEqual([422, 'category-too-deep']);
      for (const parent of [first, second, fifth])
        expect(answer(await moved(first.id, { parentId: parent.id }))).toEqual([422, 'category-under-itself']);
      const other = await aCategory();
      expect(answer(await moved(first.id, { parentId: other.id }))).toEqual([422, 'category-too-deep']);
      expect((await moved(second.id, { parentId: other.id })).status).toBe(200);
      expect((await moved(second.id, { parentId: null })).body.parentId).toBeNull();
    });

    it('removes only what nothing is left of', async () => {
      const home = await aCategory();
      const cups = await aCategory(home.id as string);
      const product = await shop.product({ categoryId: cups.id as string });
      const bought = await shop.product({ categoryId: cups.id as string });
      const remove = async ({ id }: Json) => shop.admin.delete(`/v1/categories/${id}`);
      expect((await remove(home)).body).toMatchObject({ code: 'category-not-empty', holds: 'categories', status: 409 });
      expect((await remove(cups)).body).toMatchObject({ code: 'category-not-empty', holds: 'products', status: 409 });
      await shop.admin.patch(`/v1/products/${product.id}`, { categoryId: null });
      // Retired with its history, it stands nowhere any more.
      await customer.post('/v1/orders', items([bought, 1]));
      expect((await shop.admin.delete(`/v1/products/${bought.id}`)).status).toBe(204);
      expect((await remove(cups)).status).toBe(204);
      expect((await remove(home)).status).toBe(204);
    });

    it('puts products into them, and finds them there and in all that is above', async () => {
      const home = await aCategory();
      const kitchen = await aCategory(home.id as string);
      const cups = await aCategory(kitchen.id as string);
      const garden = await aCategory();
      const onTop = await shop.product({ categoryId: home.id as string, price: '1.00' });
      const cup = await shop.product({ categoryId: cups.id as string, price: '3.00' });
      const pan = await shop.product({ categoryId: kitchen.id as string, price: '2.00' });
      const soldOut = await shop.product({ categoryId: cups.id as string, stock: 0 });
      expect(cup.category).toEqual({ id: cups.id, name: cups.name });
      expect((await anyone.get(`/v1/products/${cup.id}`)).body.category).toEqual(cup.category);
      expect(await idsOf(`category=${home.id}`)).toEqual(ids(onTop, cup, pan));
      expect(await idsOf(`category=${kitchen.id}`)).toEqual(ids(cup, pan));
      expect(await idsOf(`category=${cups.id}`)).toEqual(ids(cup));
      expect(await idsOf(`category=${cups.id}&inStock=false`)).toEqual(ids(cup, soldOut));
      expect(await idsOf(`category=${home.id}&minPrice=2&maxPrice=2.50`)).toEqual(ids(pan));
      expect(await idsOf(`category=${home.id}&q=${cup.sku}`)).toEqual(ids(cup));
      expect(await idsOf(`category=${home.id}&q=sk&sort=-price`)).toEqual(ids(onTop, cup, pan));
      for (const none of [garden.id as string, newId()]) {
        expect(await idsOf(`category=${none}`)).toEqual([]);
        expect(await idsOf(`category=${none}&q=${cup.sku}`)).toEqual([]);
      }
      expect((await anyone.get('/v1/products?category=cups')).status).toBe(400);
      for (const sort of ['price', '-price', 'name', '-name', 'createdAt', '-createdAt']) {
        const one = await anyone.get(`/v1/products?category=${home.id}&sort=${sort}&limit=2`);
        const two = await anyone.get(
          `/v1/products?category=${home.id}&sort=${sort}&limit=2&cursor=${one.body.nextCursor}`,
        );
        const walked = [...one.body.items, ...two.body.items].map(({ sku }: Json) => sku as string);
        const ascending = sort.endsWith('price') ? [onTop.sku, pan.sku, cup.sku] : [onTop.sku, cup.sku, pan.sku];
        expect([sort, walked, two.body.nextCursor]).toEqual([
          sort,
          sort.startsWith('-') ? ascending.reverse() : ascending,
          null,
        ]);
        const foreign = await anyone.get(`/v1/products?sort=${sort}&limit=2&cursor=${one.body.nextCursor}`);
        expect(answer(foreign)).toEqual([400, 'invalid-cursor']);
      }
      // Whatever moves in the tree, or is renamed, is seen at once, cached or not.
      await moved(kitchen.id, { parentId: garden.id });
      expect(await idsOf(`category=${home.id}`)).toEqual(ids(onTop));
      expect(await idsOf(`category=${garden.id}`)).toEqual(ids(cup, pan));
      await moved(cups.id, { name: 'Mugs' });
      const [seen] = (await anyone.get(`/v1/products?category=${cups.id}`)).body.items;
      expect(seen.category).toEqual({ id: cups.id, name: 'Mugs' });
      await shop.admin.patch(`/v1/products/${cup.id}`, { categoryId: home.id });
      expect(await idsOf(`category=${home.id}`)).toEqual(ids(onTop, cup));
    });

    it('puts no product into what is no category', async () => {
      const product = await shop.product();
      const path = `/v1/products/${product.id}`;
      expect(answer(await shop.admin.patch(path, { categoryId: newId() }))).toEqual([422, 'category-unknown']);
      expect((await shop.admin.patch(path, { categoryId: 'cups' })).status).toBe(400);
      expect((await shop.admin.get(path)).body).toEqual(product);
    });
  });

  describe('by text', () => {
    it('finds parts of the name, the SKU and the description, in any case and as they are', async () => {
      const mark = newId().slice(-8);
      const make = (name: string, description: string) => shop.product({ name: `${mark} ${name}`, description });
      const heart = await make('White Hanging Heart', 'wood, 15 cm');
      const cup = await make('Cup', `with a ${mark}HEART 50%_off\\now`);
      const bag = await make('Bag', '');
      expect(await idsOf(`q=${mark}`)).toEqual(ids(heart, cup, bag));
      expect(await idsOf(`q=${mark.toUpperCase()}%20white%20hang`)).toEqual(ids(heart));
      expect(await idsOf(`q=${mark}heart`)).toEqual(ids(cup));
      expect(await idsOf(`q=${bag.sku}`)).toEqual(expect.arrayContaining(ids(bag)));
      for (const [literal, ...found] of [
        ['50%_off', cup],
        ['%_OFF\\now', cup],
        ['50__off'],
        ['50%off'],
        ['\\\\now'],
      ] as const)
        expect([literal, await idsOf(`q=${encodeURIComponent(literal)}`)]).toEqual([literal, ids(...found)]);
      // No text runs from one of them into the next.
      expect(await idsOf(`q=${encodeURIComponent(`${mark} Bag${bag.sku}`)}`)).toEqual([]);
    });

    it('finds texts that are too short for an index', async () => {
      const [one, other] = [await shop.product({ name: 'Qx' }), await shop.product({ description: 'a-qX-b' })];
      expect(await idsOf('q=qx')).toEqual(ids(one, other));
      expect(await idsOf('q=QX&sort=-price')).toEqual(ids(one, other));
      await customer.post('/v1/orders', items([one, 10]));
      await customer.put(`/v1/cart/items/${other.id}`, { quantity: 10 });
      expect([await idsOf('q=qX', customer), await idsOf('q=%C2%B6')]).toEqual([[], []]);
      await customer.delete('/v1/cart');
      const first = await anyone.get('/v1/products?q=qx&inStock=false&limit=1');
      const second = await anyone.get(`/v1/products?q=qx&inStock=false&limit=1&cursor=${first.body.nextCursor}`);
      expect([...first.body.items, ...second.body.items].map(({ id }: Json) => id as string).sort()).toEqual(
        ids(one, other),
      );
      expect(second.body.nextCursor).toBeNull();
    });
  });

  describe('by the id of another system', () => {
    it('knows a product by it, and no other', async () => {
      const externalId = `erp ${newId()}`;
      const product = await shop.product({ externalId });
      const query = `externalId=${encodeURIComponent(externalId)}`;
      expect([product.externalId, await idsOf(query)]).toEqual([externalId, ids(product)]);
      const plain = await shop.product();
      expect(plain.externalId).toBeNull();
      const taken = { sku: newId(), name: 'x', price: { amount: '1', currency: 'GBP' }, externalId };
      expect(answer(await shop.admin.post('/v1/products', taken))).toEqual([409, 'external-id-taken']);
      expect(answer(await shop.admin.patch(`/v1/products/${plain.id}`, { externalId }))).toEqual([
        409,
        'external-id-taken',
      ]);
      for (const bad of ['', ' ', 'x'.repeat(129), 'a\nb', 7])
        expect((await shop.admin.patch(`/v1/products/${plain.id}`, { externalId: bad })).status).toBe(400);
      expect((await shop.admin.patch(`/v1/products/${product.id}`, { externalId: null })).body.externalId).toBeNull();
      expect((await shop.admin.patch(`/v1/products/${plain.id}`, { externalId })).body.externalId).toBe(externalId);
      expect(await idsOf(query)).toEqual(ids(plain));
    });
  });

  describe('low stock', () => {
    it('is announced once by whatever brings it down, and again when it was above', async () => {
      const product = await shop.product({ stock: 10, lowStockThreshold: 5 });
      expect([
        product.lowStockThreshold,
        (await anyone.get(`/v1/products/${product.id}`)).body.lowStockThreshold,
      ]).toEqual([5, undefined]);
      const order = async (quantity: number) => (await customer.post('/v1/orders', items([product, quantity]))).body;
      const low = async () =>
        (await eventsOf(product))
          .filter(({ type }) => type === 'catalog.stock-low')
          .map((event) => (event as Json).onHand);
      await order(4);
      expect(await low()).toEqual([]);
      const placed = await order(2);
      await order(1);
      expect(await low()).toEqual([4]);
      await customer.post(`/v1/orders/${placed.id}/cancel`);
      expect(await low()).toEqual([4]);
      await shop.admin.post(`/v1/products/${product.id}/stock-adjustments`, { delta: 1, reason: 'found' });
      await shop.admin.post(`/v1/products/${product.id}/stock-adjustments`, { delta: -3, reason: 'broken' });
      expect(await low()).toEqual([4, 3]);
      await shop.admin.patch(`/v1/products/${product.id}`, { stock: 50 });
      await shop.admin.patch(`/v1/products/${product.id}`, { stock: 0, lowStockThreshold: 0 });
      expect(await low()).toEqual([4, 3, 0]);
      expect((await eventsOf(product)).at(-2)).toEqual({
        ...{ type: 'catalog.stock-low', productId: product.id, sku: product.sku, onHand: 0, threshold: 0 },
      });
      for (const bad of [-1, 1.5, '3', 2147483648])
        expect((await shop.admin.patch(`/v1/products/${product.id}`, { lowStockThreshold: bad })).status).toBe(400);
      expect(
        (await shop.admin.patch(`/v1/products/${product.id}`, { lowStockThreshold: null })).body.lowStockThreshold,
      ).toBeNull();
    });
  });

  describe('a product that is taken out', () => {
    const traces = async ({ id }: Json) =>
      (
        await database.query<Record<string, number>>(
          `SELECT (SELECT count(*)::int FROM catalog.products WHERE id = $1) AS products,
                  (SELECT count(*)::int FROM catalog.stock_movements WHERE product_id = $1) AS movements,
                  (SELECT count(*)::int FROM catalog.holds WHERE product_id = $1) AS holds`,
          [id],
        )
      )[0];

    it('is gone without a trace when nobody ever ordered it, whoever has it in a cart', async () => {
      const externalId = newId();
      const product = await shop.product({ stock: 5, externalId });
      const other = await shop.product();
      const ann = await shop.customer();
      await shop.admin.post(`/v1/products/${product.id}/stock-adjustments`, { delta: 1, reason: 'found' });
      await ann.put(`/v1/cart/items/${product.id}`, { quantity: 2 });
      expect(await traces(product)).toEqual({ products: 1, movements: 2, holds: 1 });
      expect((await shop.admin.delete(`/v1/products/${product.id}`, { 'if-match': '"1"' })).status).toBe(412);
      expect((await shop.admin.delete(`/v1/products/${product.id}`)).status).toBe(204);
      expect(await traces(product)).toEqual({ products: 0, movements: 0, holds: 0 });
      expect((await eventsOf(product)).at(-1)).toEqual({ type: 'catalog.product-removed', productId: product.id });
      for (const path of [`/v1/products/${product.id}`, `/v1/products/${product.id}/stock-adjustments`])
        expect((await shop.admin.get(path)).status).toBe(404);
      expect((await shop.admin.delete(`/v1/products/${product.id}`)).status).toBe(404);
      expect((await ann.post('/v1/orders', items([product, 1]))).body.code).toBe('product-not-orderable');

      // The cart shows it no more; its checkout says why there is none, until the cart changes.
      expect((await ann.get('/v1/cart')).body).toMatchObject({ items: [], total: null, expiresAt: null });
      const refused = await ann.post('/v1/cart/checkout', {});
      expect([refused.status, refused.body]).toMatchObject([
        422,
        { code: 'product-not-orderable', productIds: [product.id] },
      ]);
      const filled = await ann.put(`/v1/cart/items/${other.id}`, { quantity: 1 });
      expect(filled.body.items).toMatchObject([{ productId: other.id, quantity: 1 }]);
      expect((await ann.post('/v1/cart/checkout', {})).status).toBe(201);

      const again = await shop.product({ sku: product.sku as string, externalId });
      expect(again.id).not.toBe(product.id);
    });

    it('can be taken out of a cart by its id', async () => {
      const [product, ann] = [await shop.product(), await shop.customer()];
      await ann.put(`/v1/cart/items/${product.id}`, { quantity: 1 });
      await shop.admin.delete(`/v1/products/${product.id}`);
      expect((await ann.delete(`/v1/cart/items/${product.id}`)).status).toBe(200);
      expect((await ann.post('/v1/cart/checkout', {})).body.code).toBe('cart-empty');
    });

    it('stays in history when it was ever ordered, canceled or not, and its SKU and external id are free', async () => {
      const externalId = newId();
      const product = await shop.product({ stock: 5, externalId });
      const { body: order } = await customer.post('/v1/orders', items([product, 2]));
      await customer.post(`/v1/orders/${order.id}/cancel`);
      expect((await shop.admin.delete(`/v1/products/${product.id}`)).status).toBe(204);
      expect(await traces(product)).toEqual({ products: 1, movements: 3, holds: 0 });
      expect((await eventsOf(product)).at(-1)).toEqual({ type: 'catalog.product-retired', productId: product.id });
      expect((await customer.get(`/v1/orders/${order.id}`)).body.items).toEqual(order.items);
      expect((await shop.admin.get(`/v1/products/${product.id}/stock-adjustments`)).body.items).toHaveLength(3);
      expect(await idsOf(`externalId=${externalId}`, shop.admin)).toEqual([]);
      await shop.product({ sku: product.sku as string, externalId });
    });
  });
});
