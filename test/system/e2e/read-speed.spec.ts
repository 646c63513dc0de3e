import { get, type IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { newId } from '@holdfast/shared-kernel';
import { Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { describeWithRedis, RedisServer } from '../../support/redis';
import { items, Shop } from '../../support/shop';
import { countStatements, type StatementCounter } from '../../support/statement-counter';

/** So long that whatever is seen before it ends was not seen because it ended. */
const CACHED = { CATALOGUE_CACHE_TTL: '10m' };

const search = (mark: string) => `/v1/products?q=${mark}&limit=100`;
const stockOf = async (caller: Caller, product: Json): Promise<number | undefined> => {
  const { body } = await caller.get(search(product.sku as string));
  return (body.items as Json[]).find(({ id }) => id === product.id)?.stock as number | undefined;
};

/** The story of the list, for two processes on one database. */
function servesTheListFromACache(
  processes: () => { api: Api; other: Api; shop: Shop; counter: StatementCounter },
): void {
  let anyone: Caller;
  let ann: Caller & { id: string };
  let bob: Caller & { id: string };

  beforeAll(async () => {
    const { api, shop } = processes();
    anyone = api.as();
    [ann, bob] = await shop.customers(2);
  });

  it('asks the database once, for all readers that see the same', async () => {
    const { shop, counter } = processes();
    const path = search((await shop.product()).sku as string);
    const [first] = [await anyone.get(path), counter.take()];
    expect((await anyone.get(path)).body).toEqual(first.body);
    expect(counter.take()).toEqual([]);
    expect((await ann.get(path)).body).toEqual(first.body);
    // Who it is, and whether there is something of hers to be shown.
    expect(counter.take()).toEqual(['SELECT b.n, c.role', 'WITH recently AS']);
  });

  it('shows everybody what an admin has changed: at once here, soon elsewhere', async () => {
    const { shop, other } = processes();
    const product = await shop.product({ stock: 5 });
    const path = search(product.sku as string);
    const seen = async (caller: Caller) => (await caller.get(path)).body.items as Json[];
    for (const caller of [anyone, ann, other.as()]) expect(await seen(caller)).toHaveLength(1);

    await shop.admin.patch(`/v1/products/${product.id}`, { name: 'Renamed' });
    expect((await seen(anyone))[0].name).toBe('Renamed');
    await eventually(async () => expect((await seen(other.as()))[0].name).toBe('Renamed'));

    await shop.admin.post(`/v1/products/${product.id}/stock-adjustments`, { delta: 4, reason: 'found' });
    expect((await seen(anyone))[0].stock).toBe(9);
    await eventually(async () => expect((await seen(other.as()))[0].stock).toBe(9));

    await shop.admin.delete(`/v1/products/${product.id}`);
    expect(await seen(anyone)).toEqual([]);
    await eventually(async () => expect(await seen(other.as())).toEqual([]));
  });

  it('shows admins the tables, whatever others are shown', async () => {
    const { shop } = processes();
    const product = await shop.product({ stock: 5 });
    expect(await stockOf(anyone, product)).toBe(5);
    await ann.post('/v1/orders', items([product, 2]));
    expect([await stockOf(anyone, product), await stockOf(shop.admin, product)]).toEqual([5, 3]);
  });

  it('shows customers what they have done themselves, in any process, while others see a cached page', async () => {
    const { shop, other } = processes();
    const product = await shop.product({ stock: 2 });
    const carol = await shop.customer();
    const carolElsewhere = other.as(carol.token);
    expect([await stockOf(carol, product), await stockOf(anyone, product), await stockOf(bob, product)]).toEqual([
      2, 2, 2,
    ]);
    const { body: order } = await carol.post('/v1/orders', items([product, 1]));
    expect([await stockOf(carol, product), await stockOf(carolElsewhere, product)]).toEqual([1, 1]);
    await carol.post('/v1/orders', items([product, 1]));
    expect([await stockOf(carol, product), await stockOf(carolElsewhere, product)]).toEqual([undefined, undefined]);
    expect([await stockOf(anyone, product), await stockOf(bob, product)]).toEqual([2, 2]);
    await carol.post(`/v1/orders/${order.id}/cancel`);
    expect([await stockOf(carol, product), await stockOf(carolElsewhere, product)]).toEqual([1, 1]);
  });

  it('shows customers what they have put into their carts, and taken out', async () => {
    const { shop, other } = processes();
    const product = await shop.product({ stock: 2 });
    const carol = await shop.customer();
    const seen = async () => [await stockOf(carol, product), await stockOf(other.as(carol.token), product)];
    const inCart = (quantity: number) => carol.send('PUT', `/v1/cart/items/${product.id}`, { quantity });
    expect([...(await seen()), await stockOf(anyone, product)]).toEqual([2, 2, 2]);
    expect((await inCart(1)).status).toBe(200);
    expect(await seen()).toEqual([1, 1]);
    await inCart(2);
    expect([...(await seen()), await stockOf(anyone, product)]).toEqual([undefined, undefined, 2]);
    await carol.delete('/v1/cart');
    expect(await seen()).toEqual([2, 2]);
  });

  it('decides on no cached number', async () => {
    const { shop } = processes();
    const product = await shop.product({ stock: 1 });
    expect(await stockOf(bob, product)).toBe(1);
    expect((await ann.post('/v1/orders', items([product, 1]))).status).toBe(201);
    expect(await stockOf(bob, product)).toBe(1);
    const refused = await bob.post('/v1/orders', items([product, 1]));
    expect([refused.status, refused.body.code, refused.body.items[0].available]).toEqual([
      409,
      'insufficient-stock',
      0,
    ]);
  });
}

describe('fast reads', () => {
  let database: TestDatabase;
  let counter: StatementCounter;
  let api: Api;
  let other: Api;
  let shop: Shop;

  const start = async (environment: NodeJS.ProcessEnv) => {
    database = await createTestDatabase();
    counter = await countStatements(database.url);
    api = await Api.start({ ...database, url: counter.url }, { ...CACHED, ...environment });
    other = await Api.start(database, { ...CACHED, ...environment });
    shop = await Shop.open(api, database);
  };
  const stop = async () => {
    await expectInvariants(database);
    await Promise.all([api.stop(), other.stop()]);
    counter.close();
    await database.drop();
  };
  const processes = () => ({ api, other, shop, counter });

  describe('of the list, from the memory of each process', () => {
    beforeAll(() => start({}));
    afterAll(stop);
    servesTheListFromACache(processes);

    it('hears of changes again after its connection to the others was cut', async () => {
      const product = await shop.product({ stock: 5 });
      const path = search(product.sku as string);
      const name = async () => (await other.as().get(path)).body.items[0].name as string;
      await name();
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'holdfast-listener' AND datname = current_database()`,
      );
      await other.logged('the connection that announces new events is lost: they are polled for');
      // A page that nobody has asked for yet: whoever misses it sees to the line.
      await eventually(async () => {
        await other.as().get(search(newId()));
        expect(
          await database.query(
            `SELECT 1 FROM pg_stat_activity WHERE application_name = 'holdfast-listener' AND datname = current_database()`,
          ),
        ).not.toEqual([]);
      });
      await eventually(async () => {
        await shop.admin.patch(`/v1/products/${product.id}`, { name: 'Heard' });
        expect(await name()).toBe('Heard');
      });
    });
  });

  describeWithRedis('of the list, from Redis', () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await RedisServer.start();
      await start({ REDIS_URL: redis.url });
    });
    afterAll(async () => {
      await stop();
      await redis.goAway();
    });
    servesTheListFromACache(processes);

    it('shares what one process has loaded', async () => {
      const path = search((await shop.product()).sku as string);
      await other.as().get(path);
      counter.take();
      expect((await api.as().get(path)).status).toBe(200);
      expect(counter.take()).toEqual([]);
    });

    it('goes on without Redis, says so once, and uses it again', async () => {
      const product = await shop.product();
      const path = search(product.sku as string);
      const anyone = api.as();
      await anyone.get(path);
      await redis.goAway();
      for (let i = 0; i < 20; i++) expect((await anyone.get(path)).body.items).toHaveLength(1);
      const ann = await shop.customer();
      expect((await ann.post('/v1/orders', items([product, 1]))).status).toBe(201);
      expect((await shop.admin.patch(`/v1/products/${product.id}`, { name: 'Without Redis' })).status).toBe(200);
      expect((await anyone.get(path)).body.items[0].name).toBe('Without Redis');
      await redis.comeBack();
      await api.logged('Redis is back');
      await eventually(async () => {
        await anyone.get(path);
        counter.take();
        expect((await anyone.get(path)).status).toBe(200);
        expect(counter.take()).toEqual([]);
      });
      const logged = (message: string) => api.lines.filter((line) => line['message'] === message);
      expect(logged('Redis is away: it goes on without it')).toHaveLength(1);
      expect(logged('Redis is back')).toHaveLength(1);
      expect(JSON.stringify(api.lines)).not.toMatch(/p@ss|p%40ss/);
      expect(api.lines.filter((line) => line['level'] === 'error')).toEqual([]);
    });
  });

  describe('by revalidation and compression', () => {
    beforeAll(() => start({}));
    afterAll(stop);

    it('answers 304, without a body, to who has the list as it is', async () => {
      const product = await shop.product();
      const path = search(product.sku as string);
      const anyone = api.as();
      const first = await anyone.get(path);
      const etag = first.headers.get('etag')!;
      expect(etag).toMatch(/^W\/"[^"]+"$/);
      expect([first.headers.get('cache-control'), first.headers.get('vary')]).toEqual([
        'no-cache',
        'authorization, accept-encoding, origin',
      ]);
      for (const tags of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
        const same = await anyone.get(path, { 'if-none-match': tags });
        expect([tags, same.status, same.body, same.headers.get('etag')]).toEqual([tags, 304, '', etag]);
        expect(same.headers.get('cache-control')).toBe('no-cache');
      }
      expect((await other.as().get(path, { 'if-none-match': etag })).status).toBe(304);
      expect((await anyone.get(search(newId()), { 'if-none-match': etag })).status).toBe(200);
      await shop.admin.patch(`/v1/products/${product.id}`, { name: 'Other' });
      const changed = await anyone.get(path, { 'if-none-match': etag });
      expect([changed.status, changed.body.items[0].name]).toEqual([200, 'Other']);
      expect(changed.headers.get('etag')).not.toBe(etag);
    });

    it('answers HEAD as GET, without the body', async () => {
      const product = await shop.product();
      for (const path of ['/v1/products?limit=2', `/v1/products/${product.id}`, '/v1/categories']) {
        const { status, headers } = await api.as().get(path);
        const etag = headers.get('etag')!;
        const head = (tags: Record<string, string>) => fetch(api.url + path, { method: 'HEAD', headers: tags });
        const [whole, known] = [await head({}), await head({ 'if-none-match': etag })];
        expect([path, whole.status, whole.headers.get('etag')]).toEqual([path, status, etag]);
        expect([path, known.status, known.headers.get('etag')]).toEqual([path, 304, etag]);
        expect([await whole.text(), await known.text()]).toEqual(['', '']);
      }
    });

    it('revalidates with the customer’s own eyes', async () => {
      const product = await shop.product({ stock: 3 });
      const path = search(product.sku as string);
      const ann = await shop.customer();
      const etag = (await ann.get(path)).headers.get('etag')!;
      expect((await ann.get(path, { 'if-none-match': etag })).status).toBe(304);
      await ann.post('/v1/orders', items([product, 1]));
      const after = await ann.get(path, { 'if-none-match': etag });
      expect([after.status, after.body.items[0].stock]).toEqual([200, 2]);
    });

    it('never says 304, nor keeps, what is no answer', async () => {
      for (const path of ['/v1/products?limit=0', `/v1/products/${newId()}`]) {
        const refused = await api.as().get(path, { 'if-none-match': '*' });
        expect([path, refused.status >= 400, refused.headers.get('cache-control')]).toEqual([path, true, 'no-store']);
        expect(refused.headers.get('etag')).toBeNull();
      }
    });

    it('answers a kept list before the framework as the framework does, to nobody but who is not logged in', async () => {
      const path = search((await shop.product()).sku as string);
      const strict = await Api.start(database, { ...CACHED, RATE_LIMIT_REQUESTS_PER_MINUTE: '3' });
      try {
        const own = ['x-request-id', 'date', 'ratelimit'];
        const answers = [];
        // Loaded, found by the framework, found before it.
        for (let i = 0; i < 3; i++) {
          const { status, body, headers } = await strict.as().get(path);
          answers.push({ status, body, headers: [...headers].filter(([name]) => !own.includes(name)) });
          expect(headers.get('ratelimit')).toMatch(`r=${2 - i};`);
        }
        expect(answers[0].status).toBe(200);
        expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
        const refused = await strict.as().get(path);
        expect([refused.status, refused.body.code]).toEqual([429, 'quota-exceeded']);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      } finally {
        await strict.stop();
      }
      await api.as().get(path);
      await api.as().get(path);
      expect((await api.as('no token').get(path)).status).toBe(401);
      expect((await api.as().post(path, {})).status).toBe(401);
    });

    /** Without fetch, which decompresses. */
    const raw = (path: string, headers: Record<string, string>) =>
      new Promise<{ headers: IncomingHttpHeaders; bytes: Buffer; status?: number }>((resolve, reject) => {
        get(api.url + path, { headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ headers: response.headers, bytes: Buffer.concat(chunks), status: response.statusCode }),
          );
        }).on('error', reject);
      });

    it('compresses what is large enough, and nothing is lost by it', async () => {
      const mark = newId().slice(-8);
      for (let i = 0; i < 20; i++) await shop.product({ name: `${mark} ${i}` });
      const path = search(mark);
      const plain = await raw(path, {});
      expect([plain.headers['content-encoding'], plain.headers['vary']]).toEqual([
        undefined,
        'authorization, accept-encoding, origin',
      ]);
      for (const [accepted, encoding, decompress] of [
        ['gzip', 'gzip', gunzipSync],
        ['br', 'br', brotliDecompressSync],
        ['gzip, deflate, br', 'br', brotliDecompressSync],
        ['gzip;q=1.0, br;q=0', 'gzip', gunzipSync],
      ] as const) {
        const { headers, bytes } = await raw(path, { 'accept-encoding': accepted });
        expect([accepted, headers['content-encoding']]).toEqual([accepted, encoding]);
        expect(headers['vary']).toBe('authorization, accept-encoding, origin');
        expect(headers['etag']).toBe(plain.headers['etag']);
        expect(headers['content-type']).toBe('application/json; charset=utf-8');
        expect(decompress(bytes).equals(plain.bytes)).toBe(true);
        expect(bytes.length).toBeLessThan(plain.bytes.length / 3);
      }
      for (const accepted of ['identity', 'zstd', 'gzip;q=0'])
        expect((await raw(path, { 'accept-encoding': accepted })).headers['content-encoding']).toBeUndefined();
      const { headers, status, bytes } = await raw(path, {
        'accept-encoding': 'gzip',
        'if-none-match': plain.headers['etag']!,
      });
      expect([status, bytes.length, headers['content-encoding']]).toEqual([304, 0, undefined]);
    });

    it('leaves small answers as they are, and those whose ETag an admin gives back', async () => {
      const small = await raw(search((await shop.product()).sku as string), { 'accept-encoding': 'gzip' });
      expect(small.headers['content-encoding']).toBeUndefined();
      const product = await shop.product();
      const path = `/v1/products/${product.id}`;
      await shop.admin.patch(path, { description: 'Wood, 15 cm. '.repeat(500) });
      const { headers } = await raw(path, { 'accept-encoding': 'gzip' });
      expect([headers['content-encoding'], headers['etag']]).toEqual([undefined, expect.stringMatching(/^"2-/)]);
      expect((await shop.admin.patch(path, { name: 'Changed' }, { 'if-match': headers['etag']! })).status).toBe(200);
    });
  });
});
