import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client } from 'pg';
import { type Answer, Api, type Caller, type Json } from '../../support/api';
import { eventually } from '../../support/eventually';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { DEFAULT_WAITS } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { Scrape } from '../../support/prometheus';
import { items, Shop } from '../../support/shop';
import { storm, tally } from '../../support/storm';

let database: TestDatabase;

beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

describe('more orders than the database can take', () => {
  let api: Api;
  let narrow: Api;
  let shop: Shop;

  beforeAll(async () => {
    [api, narrow] = await Promise.all([
      Api.start(database, DEFAULT_WAITS),
      Api.start(database, { GROUP_COMMIT_LIMIT: '1', DATABASE_POOL_SIZE: '2' }),
    ]);
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    await Promise.all([api.stop(), narrow.stop()]);
    await expectInvariants(database);
  });

  /** Locks the product while the work runs. */
  async function holding(product: Json, work: () => Promise<void>): Promise<void> {
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
    await work().finally(() => holder.end());
  }
  const timed = async (buyer: Caller, product: Json) => {
    const began = Date.now();
    const answer = await buyer.post('/v1/orders', items([product, 1]));
    return { ...answer, took: Date.now() - began };
  };

  it('are answered 503 within the promised waits, 500 at once, and after that all is as before', async () => {
    const product = await shop.product({ stock: 2_000 });
    const crowd = await shop.customers(500);
    await holding(product, async () => {
      const answers = await storm(crowd.map((buyer) => () => timed(buyer, product)));
      expect(tally(answers)).toEqual({ 503: 500 });
      expect(new Set(answers.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['1']));
      // 5 s for a connection, 4.5 s for the row, and what a busy machine takes
      expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(60_000);
    });
    expect(await shop.onHand(product.id as string)).toBe(2_000);
    const answers = await storm(crowd.map((buyer) => () => timed(buyer, product)));
    expect(tally(answers)).toEqual({ 201: 500 });
    expect(await shop.onHand(product.id as string)).toBe(1_500);
  });

  it('are refused at once where a hundred wait for two connections', async () => {
    const product = await shop.product({ stock: 2_000 });
    const crowd = (await shop.customers(300)).map(({ token }) => narrow.as(token));
    let answers: Promise<Answer<Json>[]> | undefined;
    await holding(product, async () => {
      answers = storm(crowd.map((buyer) => () => timed(buyer, product)));
      const shed = async () => (await Scrape.of(narrow.url)).sum('shed_total', { queue: 'connections' });
      await eventually(async () => expect(await shed()).toBeGreaterThanOrEqual(195));
    });
    const { 201: served, 503: refused } = tally(await answers!);
    expect([served + refused, refused >= 195, refused <= 198]).toEqual([300, true, true]);
    expect((await timed(crowd[0], product)).status).toBe(201);
  });
});

describe('a client', () => {
  let api: Api;
  let sockets: Socket[] = [];

  beforeAll(async () => (api = await Api.start(database, { REQUEST_TIMEOUT: '1s' })));
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  });
  afterAll(() => api.stop());

  /** Sends `start`, then `byte` every 100 ms. Resolves to the answer and the time it took once it is cut off. */
  async function dribble(start: string, byte: string): Promise<{ answer: string; took: number }> {
    const { hostname, port } = new URL(api.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    sockets.push(socket);
    const began = Date.now();
    let answer = '';
    socket.on('data', (data) => (answer += String(data))).on('error', () => undefined);
    socket.write(start);
    const dribbling = setInterval(() => byte && socket.write(byte), 100).unref();
    // Who sends nothing learns of the end only by reading; all others find that nobody takes what they send.
    await new Promise((resolve) => socket.once(byte ? 'close' : 'end', resolve));
    clearInterval(dribbling);
    return { answer, took: Date.now() - began };
  }

  const HEADERS = 'POST /v1/auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const SLOW: [what: string, start: string, byte: string][] = [
    ['its request line', 'GET /health', 'x'],
    ['its headers', HEADERS, 'X-A: b\r\n'],
    ['one header', `${HEADERS}X-Slow: `, 'x'],
    ['its body', `${HEADERS}Content-Length: 5000\r\n\r\n{`, ' '],
    ['its chunks', `${HEADERS}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
    ['a request after another', 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /', 'x'],
    ['nothing', '', ''],
  ];

  it.each(SLOW)('that dribbles %s is answered 408 and cut off', async (_what, start, byte) => {
    const { answer, took } = await dribble(start, byte);
    expect(answer).toMatch(/HTTP\/1\.1 408 /);
    const body = answer.slice(answer.lastIndexOf('\r\n\r\n'));
    expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request-timeout' });
    expect(took).toBeLessThan(20_000); // its second, one until it is seen, one to hear of it, and a busy machine
  });

  it('is answered as ever beside two hundred who dribble', async () => {
    const dribblers = Array.from({ length: 200 }, (_, i) => dribble(SLOW[i % 4][1], SLOW[i % 4][2]));
    for (let i = 0; i < 20; i++) expect((await api.as().get('/v1/products?limit=1')).status).toBe(200);
    const answers = await Promise.all(dribblers);
    expect(answers.filter(({ answer }) => !answer.startsWith('HTTP/1.1 408 '))).toEqual([]);
  });

  it('has room for 4 MiB of unfinished bodies from one address, and is open to it again once they are gone', async () => {
    const { hostname, port } = new URL(api.url);
    const PART =
      'POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 262144\r\n\r\n{';
    const open = Array.from({ length: 16 }, () => connect(Number(port), hostname));
    sockets.push(...open);
    for (const socket of open) socket.on('error', () => undefined).write(PART);
    const register = () => api.as().post('/v1/customers', {});
    await eventually(async () => {
      const { status, headers, body } = await register();
      expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'quota-exceeded', '1']);
    });
    expect((await api.as().get('/v1/products?limit=1')).status).toBe(200);
    for (const socket of open) socket.destroy();
    await eventually(async () => expect((await register()).status).toBe(400));
  });

  it('keeps its connection between requests for longer than a request may take', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    const ask = async () => {
      socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      return String((await once(socket, 'data'))[0]);
    };
    expect(await ask()).toMatch(/^HTTP\/1\.1 200 /);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await ask()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('that sends too much of anything is told what', async () => {
    const anyone = api.as();
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`x-${i}`, 'y']));
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const tries: [string, Promise<{ status: number; body: Json }>][] = [
      ['414 uri-too-long', anyone.get(`/v1/products?q=${'x'.repeat(8_200)}`)],
      ['414 uri-too-long', anyone.get(`/v1/products/${'x'.repeat(200)}`)],
      ['431 headers-too-large', anyone.get('/v1/products', many)],
      ['431 headers-too-large', anyone.get('/v1/products', { 'x-long': 'y'.repeat(20_000) })],
      ['413 payload-too-large', anyone.post('/v1/auth/token', `{"username":"${'x'.repeat(262_144)}"}`)],
      ['400 malformed-body', anyone.post('/v1/auth/token', `{"username":${deep(33)}}`)],
      ['400 validation-failed', anyone.post('/v1/auth/token', `{"username":${deep(31)}}`)],
    ];
    for (const [expected, trying] of tries) {
      const { status, body } = await trying;
      expect(`${status} ${body.code}`).toBe(expected);
    }
  });
});
