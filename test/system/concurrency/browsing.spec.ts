import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { Api, type Answer, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';
import { storm, tally } from '../../support/storm';

const SORTS = ['name', '-name', 'price', '-price', 'createdAt', '-createdAt'];

describe('the catalogue, with two API processes on one database', () => {
  let database: TestDatabase;
  let apis: Api[];
  let shop: Shop;
  let admins: Caller[];

  beforeAll(async () => {
    database = await createTestDatabase();
    apis = await Promise.all([1, 2].map(() => Api.start(database, { CATALOGUE_CACHE_TTL: '0' })));
    shop = await Shop.open(apis[0], database);
    admins = apis.map((api) => api.as(shop.admin.token));
  });
  afterEach(() => expectInvariants(database));
  afterAll(async () => {
    for (const api of apis) expect(await api.stop()).toBe(0);
    const lines = apis.flatMap((api) => api.lines);
    expect(lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    // Not even unseen: the order of the locks leaves nothing to deadlock on.
    expect(lines.filter(({ message }) => /lost a conflict/.test(String(message)))).toEqual([]);
    await database.drop();
  });

  /** All of them stand before what the gate has locked, in their order, before it opens. */
  async function atGate(lock: string, ...calls: (() => Promise<Answer<Json>>)[]): Promise<Answer<Json>[]> {
    const gate = new Client(database.url);
    await gate.connect();
    await gate.query(`BEGIN; ${lock}`);
    const answers: Promise<Answer<Json>>[] = [];
    for (const call of calls) {
      answers.push(call());
      await eventually(async () => {
        const [{ n }] = await database.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(n).toBe(answers.length);
      });
    }
    await gate.query('COMMIT');
    await gate.end();
    return Promise.all(answers);
  }
  const outcomes = (answers: Answer<Json>[]) => answers.map(({ status, body }) => (body.code as string) ?? status);
  const aCategory = async (parentId: string | null = null): Promise<Json> =>
    (await shop.admin.send<Json>('POST', '/v1/categories', { name: newId(), parentId })).body;
  const move = (admin: Caller, { id }: Json, { id: parentId }: Json) =>
    admin.patch(`/v1/categories/${id}`, { parentId });
  const TREE = `SELECT pg_advisory_xact_lock(hashtextextended('catalog.categories', 0))`;

  it('makes no cycle when two admins move two categories under each other', async () => {
    const [a, b] = [await aCategory(), await aCategory()];
    const answers = await atGate(
      TREE,
      () => move(admins[0], a, b),
      () => move(admins[1], b, a),
    );
    expect(outcomes(answers)).toEqual([200, 'category-under-itself']);
  });

  it('makes none in a storm of moves either, and nothing deeper than five', async () => {
    const categories = await Promise.all(Array.from({ length: 12 }, () => aCategory()));
    const jobs = Array.from({ length: 200 }, (_, n) => () => {
      const [one, other] = [categories[(n * 7) % 12], categories[(n * 5 + 1 + (n % 3)) % 12]];
      return move(admins[n % 2], one, other);
    });
    const answers = await storm(jobs, 16);
    expect(Object.keys(tally(answers))).toEqual(['200', '422']);
  });

  it('lets a category grow or move, and not both into depth', async () => {
    const path = [await aCategory()];
    for (let i = 1; i < 4; i++) path.push(await aCategory(path[i - 1].id as string));
    const above = await aCategory();
    const answers = await atGate(
      TREE,
      () => move(admins[0], path[0], above),
      () => admins[1].send<Json>('POST', '/v1/categories', { name: newId(), parentId: path[3].id }),
    );
    expect(outcomes(answers)).toEqual([200, 'category-too-deep']);
  });

  it('lets a product into a category, or the category go', async () => {
    for (const productFirst of [true, false]) {
      const { id } = await aCategory();
      const enter = () =>
        shop.product({ categoryId: id as string }).then(
          (body: Json) => ({ status: 201, body }) as Answer<Json>,
          (error: Error) => ({ status: 422, body: JSON.parse(error.message) }) as Answer<Json>,
        );
      const remove = () => admins[1].delete(`/v1/categories/${id}`);
      const gate = `SELECT FROM catalog.categories WHERE id = '${id}' FOR UPDATE`;
      const answers = await atGate(gate, ...(productFirst ? [enter, remove] : [remove, enter]));
      expect(outcomes(answers)).toEqual(productFirst ? [201, 'category-not-empty'] : [204, 'category-unknown']);
    }
  });

  it.each([
    ['an order that comes first keeps a product in history', 'order', [201, 204]],
    ['a removal that comes first leaves nothing to order', 'removal', [204, 'product-not-orderable']],
  ])('%s', async (_says, first, expected) => {
    const [product, buyer] = [await shop.product({ stock: 5 }), await shop.customer()];
    const order = () => buyer.post('/v1/orders', items([product, 2]));
    const remove = () => admins[1].delete(`/v1/products/${product.id}`);
    const gate = `SELECT FROM catalog.products WHERE id = '${product.id}' FOR UPDATE`;
    const answers = await atGate(gate, ...(first === 'order' ? [order, remove] : [remove, order]));
    expect(outcomes(answers)).toEqual(expected);
    const rows = await database.query(
      'SELECT on_hand::int, retired_at IS NOT NULL AS retired FROM catalog.products WHERE id = $1',
      [product.id],
    );
    expect(rows).toEqual(first === 'order' ? [{ on_hand: 3, retired: true }] : []);
  });

  it('removes or retires each of 30 products while it is ordered and put into carts', async () => {
    const products = await Promise.all(Array.from({ length: 30 }, () => shop.product({ stock: 5 })));
    const buyers = (await shop.customers(4)).map((buyer, n) => apis[n % 2].as(buyer.token));
    const [ordered, filled, removed]: Answer<Json>[][] = [[], [], []];
    await storm(
      products.flatMap((product, n) => [
        async () => void (ordered[n] = await buyers[n % 2].post('/v1/orders', items([product, 1]))),
        async () => void (filled[n] = await buyers[2 + (n % 2)].put(`/v1/cart/items/${product.id}`, { quantity: 1 })),
        async () => void (removed[n] = await admins[n % 2].delete(`/v1/products/${product.id}`)),
      ]),
      24,
    );
    expect(tally(removed)).toEqual({ 204: 30 });
    expect(
      Object.keys(tally([...ordered, ...filled])).filter((status) => !['200', '201', '422'].includes(status)),
    ).toEqual([]);
    for (const [n, { id }] of products.entries()) {
      const rows = await database.query(
        'SELECT retired_at IS NOT NULL AS retired FROM catalog.products WHERE id = $1',
        [id],
      );
      expect([n, rows]).toEqual([n, ordered[n].status === 201 ? [{ retired: true }] : []]);
    }
    // What is left in carts of what is gone is held by nobody, and goes with the next change.
    await Promise.all(buyers.map((buyer) => buyer.delete('/v1/cart')));
  });

  it('announces low stock once, however many buy at the same moment', async () => {
    const product = await shop.product({ stock: 40, lowStockThreshold: 20 });
    const buyers = (await shop.customers(50)).map((buyer, n) => apis[n % 2].as(buyer.token));
    const answers = await storm(buyers.map((buyer) => () => buyer.post('/v1/orders', items([product, 1]))));
    expect(tally(answers)).toEqual({ 201: 40, 409: 10 });
    const announced = await database.query(
      `SELECT payload FROM platform.outbox WHERE type = 'catalog.stock-low' AND aggregate_id = $1`,
      [product.id],
    );
    expect(announced.map(({ payload }) => payload as object)).toEqual([
      { productId: product.id, sku: product.sku, onHand: 20, threshold: 20 },
    ]);
  });

  it('is walked in every sort, while 1,000 products come and go, without gap or repetition', async () => {
    const [mark, category] = [newId().slice(-8), await aCategory()];
    const admin = (n: number) => admins[n % 2];
    const make = async (n: number): Promise<string> => {
      // Few names and prices, so that there are ties on every page, between what stays and what goes.
      const body = {
        ...{ sku: newId(), name: `${mark} ${(n * 7) % 20}`, stock: 1, categoryId: category.id },
        price: { amount: `${(n * 3) % 15}.00`, currency: 'GBP' },
      };
      const made = await admin(n).send<Json>('POST', '/v1/products', body);
      expect(made.status).toBe(201);
      return made.body.id as string;
    };
    const staying = await storm(
      Array.from({ length: 200 }, (_, n) => () => make(n)),
      8,
    );

    let isOver = false;
    const comeAndGo = storm(
      Array.from({ length: 1_000 }, (_, n) => async () => {
        const id = await make(n);
        expect((await admin(n + 1).delete(`/v1/products/${id}`)).status).toBe(204);
      }),
      6,
    ).finally(() => (isOver = true));

    const walk = async (path: string): Promise<void> => {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { status, body }: Json = await admin(seen.length).get(`${path}${cursor && `&cursor=${cursor}`}`);
        expect([path, status]).toEqual([path, 200]);
        seen.push(...(body.items as Json[]).map(({ id }) => id as string));
        cursor = body.nextCursor;
      }
      expect([path, new Set(seen).size]).toEqual([path, seen.length]);
      const missed = staying.filter((id) => !seen.includes(id));
      expect([path, missed]).toEqual([path, []]);
    };
    const filters = [
      `category=${category.id}`,
      `q=${mark}`,
      `category=${category.id}&minPrice=0&q=${mark.slice(0, 2)}`,
    ];
    const walks = SORTS.map(async (sort, n) => {
      let rounds = 0;
      for (; !isOver || rounds < filters.length; rounds++)
        await walk(`/v1/products?sort=${sort}&limit=11&${filters[(n + rounds) % filters.length]}`);
      return rounds;
    });
    const rounds = await Promise.all(walks);
    await comeAndGo;
    expect(Math.min(...rounds)).toBeGreaterThanOrEqual(filters.length);
  }, 240_000);
});
