import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { type Answer, Api, type Caller, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { DEFAULT_RATE_LIMITS } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { Scrape } from '../../support/prometheus';
import { describeWithRedis, RedisServer } from '../../support/redis';
import { items, Shop } from '../../support/shop';
import { storm, tally } from '../../support/storm';

let database: TestDatabase;
let apis: Api[] = [];
let shop: Shop;

beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

/** With the default limits unless a test changes them. The shop belongs to a process without limits. */
async function start(...environments: NodeJS.ProcessEnv[]): Promise<void> {
  const [back, ...front] = await Promise.all([
    Api.start(database),
    ...environments.map((environment) => Api.start(database, { ...DEFAULT_RATE_LIMITS, ...environment })),
  ]);
  apis = front;
  shop = await Shop.open(back, database);
}
async function stop(): Promise<void> {
  await Promise.all([shop.api, ...apis].map((api) => api.stop()));
  await expectInvariants(database);
}

/** One customer, at each of the processes. */
async function customer(): Promise<Caller[]> {
  const { token } = await shop.customer();
  return apis.map((api) => api.as(token));
}
/** The sum over all processes, by their own metrics. */
const refused = async (limit: string) => {
  const scrapes = await Promise.all(apis.map(({ url }) => Scrape.of(url)));
  return scrapes.reduce((sum, scrape) => sum + scrape.sum('rate_limited_total', { limit }), 0);
};
const header = ({ headers }: Answer<Json>, name: string) => headers.get(name);
const order = (buyer: Caller, product: Json, key = newId()) =>
  buyer.post('/v1/orders', items([product, 1]), { 'idempotency-key': key });

function expectRefusal(answer: Answer<Json>, limit: string, quota: number): void {
  expect([answer.status, answer.body.code, answer.body.status]).toEqual([429, 'quota-exceeded', 429]);
  expect(header(answer, 'content-type')).toMatch(/^application\/problem\+json/);
  expect(header(answer, 'ratelimit-policy')).toBe(`"${limit}";q=${quota};w=60`);
  const [, seconds] = /^"\w+";r=0;t=(\d+)$/.exec(String(header(answer, 'ratelimit')))!;
  expect(header(answer, 'retry-after')).toBe(seconds);
  expect([Number(seconds) >= 1, Number(seconds) <= 60]).toEqual([true, true]);
}

function countsOrders(): void {
  it('LIM-01 LIM-02 accepts exactly five of fifty parallel orders of one customer, and does not count other customers', async () => {
    const product = await shop.product({ stock: 100 });
    const ann = await customer();
    const counted = await refused('orders');
    const answers = await storm(Array.from({ length: 50 }, (_, i) => () => order(ann[i % ann.length], product)));
    expect(tally(answers)).toEqual({ 201: 5, 429: 45 });
    expect((await refused('orders')) - counted).toBe(45);
    for (const answer of answers.filter(({ status }) => status === 429)) expectRefusal(answer, 'orders', 5);
    const left = answers.filter(({ status }) => status === 201).map((answer) => header(answer, 'ratelimit'));
    expect(left.map((text) => /^"orders";r=(\d);t=(?:60|59|5\d)$/.exec(String(text))?.[1]).sort()).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
    ]);
    expect(await shop.onHand(product.id as string)).toBe(95);
    for (const bob of await customer()) expect((await order(bob, product)).status).toBe(201);
    // Each limit is counted apart.
    for (const each of ann) expect((await each.get('/v1/orders')).status).toBe(200);
  });

  it('replays answers to a customer at the limit, at any process, and does not count replays', async () => {
    const product = await shop.product({ stock: 100 });
    const ann = await customer();
    const [here, there] = [ann[0], ann.at(-1)!];
    const keys = Array.from({ length: 5 }, newId);
    const first = await order(here, product, keys[0]);
    expect(header(first, 'ratelimit')).toMatch(/;r=4;/);
    const replays = await storm(Array.from({ length: 4 }, () => () => order(there, product, keys[0])));
    for (const replay of replays) expect([replay.status, header(replay, 'idempotent-replayed')]).toEqual([201, 'true']);
    expect(header(await order(there, product, keys[0]), 'ratelimit')).toMatch(/;r=4;/);
    for (const key of keys.slice(1)) expect((await order(here, product, key)).status).toBe(201);
    expectRefusal(await order(there, product), 'orders', 5);

    for (const key of [...keys, ...keys]) {
      const replay = await order(there, product, key);
      expect([replay.status, header(replay, 'idempotent-replayed')]).toEqual([201, 'true']);
    }
    expectRefusal(await order(here, product), 'orders', 5);
    // The same key with another order is not a replay.
    const other = await here.post('/v1/orders', items([product, 2]), { 'idempotency-key': keys[0] });
    expectRefusal(other, 'orders', 5);
    expect(await shop.onHand(product.id as string)).toBe(95);
  });

  it('asks a customer at the limit whose order is still running to repeat it shortly', async () => {
    const [held, free] = [await shop.product(), await shop.product()];
    const [ann] = await customer();
    for (let i = 0; i < 4; i++) await order(ann, free);
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [held.id]);
    const key = newId();
    const waiting = order(ann, held, key);
    await eventually(async () => {
      const twin = await order(ann, held, key);
      expect([twin.status, twin.body.code, header(twin, 'retry-after')]).toEqual([409, 'idempotency-key-in-use', '1']);
    }).finally(() => holder.end());
    expect((await waiting).status).toBe(201);
    const replay = await order(ann, held, key);
    expect([replay.status, header(replay, 'idempotent-replayed')]).toEqual([201, 'true']);
  });

  it('counts orders that are refused for other reasons, and checkouts as orders', async () => {
    const product = await shop.product({ stock: 1 });
    const [ann] = await customer();
    const statuses = [
      await ann.post('/v1/orders', items([product, 2])),
      await ann.post('/v1/orders', { items: [] }),
      await ann.post('/v1/orders', '{broken'),
      await ann.post('/v1/cart/checkout', {}),
      await ann.send('POST', '/v1/orders', items([product, 1])), // without a key
      await ann.post('/v1/cart/checkout', {}),
    ].map(({ status }) => status);
    expect(statuses).toEqual([409, 400, 400, 422, 400, 429]);
  });
}

describe('the rate limits of one process', () => {
  beforeAll(() =>
    start(
      { TRUST_PROXY_HOPS: '1' },
      { RATE_LIMIT_ORDERS_PER_MINUTE: '2', RATE_LIMIT_REQUESTS_PER_MINUTE: '20' },
      { RATE_LIMIT_ORDERS_PER_MINUTE: '0' },
    ),
  );
  afterAll(stop);

  describe('with the default settings', () => {
    let all: Api[];
    beforeAll(() => ([all, apis] = [apis, [apis[0]]]));
    afterAll(() => (apis = all));
    countsOrders();

    it('LIM-07 counts the customer of the token, whatever the address', async () => {
      const product = await shop.product();
      const [ann] = await customer();
      const from = (address: string) => ann.post('/v1/orders', items([product, 1]), { 'x-forwarded-for': address });
      const answers = [1, 2, 3, 4, 5, 6].map((n) => () => from(`198.51.100.${n}`));
      expect(tally(await storm(answers))).toEqual({ 201: 5, 429: 1 });
    });

    it('accepts ten log-ins and ten registrations from one address, or from one IPv6 network of a customer', async () => {
      const logIn = (address: string) =>
        apis[0]
          .as()
          .send<Json>(
            'POST',
            '/v1/auth/token',
            { username: newId(), password: 'wrong horse' },
            { 'x-forwarded-for': address },
          );
      const logIns = async (address: (n: number) => string) =>
        storm(Array.from({ length: 12 }, (_, n) => () => logIn(address(n))));
      const answers = await logIns(() => '203.0.113.7');
      expect(tally(answers)).toEqual({ 401: 10, 429: 2 });
      expectRefusal(
        answers.find(({ status }) => status === 429)!,
        'logins',
        10,
      );
      // Addresses before the one that the trusted proxy added are ignored.
      expect(tally(await logIns((n) => `198.51.100.${n}, 203.0.113.8`))).toEqual({ 401: 10, 429: 2 });
      expect(tally(await logIns((n) => `2001:db8:1:2:${n}::1`))).toEqual({ 401: 10, 429: 2 });
      expect((await logIn('2001:db8:1:3::1')).status).toBe(401);
      expect((await logIn('::ffff:203.0.113.7')).status).toBe(429);
      const registrations = Array.from(
        { length: 12 },
        () => () => apis[0].as().send<Json>('POST', '/v1/customers', {}, { 'x-forwarded-for': '203.0.113.7' }),
      );
      expect(tally(await storm(registrations))).toEqual({ 400: 10, 429: 2 });
      // A provider's /48 holds any number of networks, and has sixteen times the limit.
      const networks = Array.from(
        { length: 170 },
        (_, n) => () =>
          apis[0].as().send<Json>('POST', '/v1/customers', {}, { 'x-forwarded-for': `2001:db8:9:${n}::1` }),
      );
      expect(tally(await storm(networks))).toEqual({ 400: 160, 429: 10 });
    });
  });

  it('LIM-08 follow the settings', async () => {
    const product = await shop.product();
    const ann = (await customer())[1];
    const answers = [await order(ann, product), await order(ann, product), await order(ann, product)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    expectRefusal(answers[2], 'orders', 2);
  });

  it('count callers without a valid token by their address', async () => {
    const stranger = apis[1].as();
    const headers = { authorization: 'Bearer garbage' };
    const answers = [];
    for (let i = 0; i < 22; i++) answers.push(await stranger.get('/v1/orders', i % 2 ? headers : {}));
    expect(tally(answers)).toEqual({ 401: 20, 429: 2 });
    expectRefusal(answers[21], 'requests', 20);
    expect((await stranger.get('/v1/products')).status).toBe(429);
    // A customer with a token is counted by the token, not by the address.
    const ann = (await customer())[1];
    const reads = await storm(Array.from({ length: 22 }, () => () => ann.get('/v1/products')));
    expect(tally(reads)).toEqual({ 200: 20, 429: 2 });
    for (const answer of reads) expect(header(answer, 'ratelimit-policy')).toBe('"requests";q=20;w=60');
  });

  it('LIM-10 do not count health, webhooks and the descriptions of problems', async () => {
    const anyone = apis[1].as();
    const paths = ['/health/live', '/health/ready', '/problems/quota-exceeded'];
    for (const path of paths) {
      const answers = await storm(
        Array.from({ length: 100 }, () => () => anyone.get(path)),
        20,
      );
      expect([path, tally(answers), header(answers[0], 'ratelimit')]).toEqual([path, { 200: 100 }, null]);
    }
    const webhooks = Array.from({ length: 100 }, () => () => anyone.post('/v1/webhooks/payments/simulator', {}));
    expect(tally(await storm(webhooks, 20))).toEqual({ 401: 100 });
  });

  it('are switched off by 0', async () => {
    const product = await shop.product({ stock: 20 });
    const ann = (await customer())[2];
    const answers = await storm(Array.from({ length: 20 }, () => () => order(ann, product)));
    expect([tally(answers), header(answers[0], 'ratelimit')]).toEqual([{ 201: 20 }, null]);
  });
});

describeWithRedis('the rate limits of two processes with a Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
    await start({ REDIS_URL: redis.url }, { REDIS_URL: redis.url });
  });
  afterAll(async () => {
    await stop();
    await redis.goAway();
  });
  countsOrders();

  it('LIM-09 are kept by each process for itself while Redis is away, which each logs once', async () => {
    const product = await shop.product({ stock: 100 });
    const ann = await customer();
    redis.fallSilent();
    const answers = await storm(Array.from({ length: 40 }, (_, i) => () => order(ann[i % 2], product)));
    expect(tally(answers)).toEqual({ 201: 10, 429: 30 });
    await redis.goAway();
    expect(tally(await storm(Array.from({ length: 40 }, (_, i) => () => order(ann[i % 2], product))))).toEqual({
      429: 40,
    });
    for (const { lines } of apis)
      expect(lines.filter(({ message }) => /^Redis is away/.test(String(message)))).toHaveLength(1);
    await redis.comeBack();
    await eventually(async () =>
      expect(apis.every(({ lines }) => lines.some(({ message }) => message === 'Redis is back'))).toBe(true),
    );
    const bob = await customer();
    const after = await storm(Array.from({ length: 40 }, (_, i) => () => order(bob[i % 2], product)));
    expect(tally(after)).toEqual({ 201: 5, 429: 35 });
  });
});
