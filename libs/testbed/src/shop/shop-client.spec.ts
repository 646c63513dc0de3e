import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ShopClient, type Traffic } from './shop-client';

interface Seen {
  line: string;
  authorization?: string;
  key?: string | string[];
}

/** What the service does with a request that is no log-in. */
type Script = (request: Seen, response: ServerResponse) => void;

const answer = (response: ServerResponse, status: number, body: object = {}, headers: Record<string, string> = {}) =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

let server: Server;
let seen: Seen[];
let traffic: Traffic;

async function clientOf(script: Script): Promise<ShopClient> {
  let logIns = 0;
  server = createServer((incoming: IncomingMessage, response) => {
    const { method, url, headers } = incoming;
    const request = {
      line: `${method} ${url}`,
      authorization: headers.authorization,
      key: headers['idempotency-key'],
    };
    seen.push(request);
    incoming.resume().on('end', () => {
      if (request.line !== 'POST /v1/auth/token') script(request, response);
      else answer(response, 200, { accessToken: `access-${++logIns}`, refreshToken: `refresh-${logIns}` });
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return new ShopClient(`http://127.0.0.1:${port}`, { username: 'ann', password: 'secret' }, traffic);
}

beforeEach(() => {
  seen = [];
  traffic = { requests: 0, repeated: 0 };
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const count = (line: string): number => seen.filter((request) => request.line === line).length;

it('logs in once, and sends its idempotency key', async () => {
  const ann = await clientOf((_, response) => answer(response, 201, { id: 'o-1' }, { 'idempotent-replayed': 'true' }));
  const orders = await Promise.all([ann.post('/v1/orders', {}, 'k-1'), ann.post('/v1/orders', {}, 'k-2')]);
  expect(orders[0]).toEqual({ ok: true, status: 201, body: { id: 'o-1' }, replayed: true });
  expect(count('POST /v1/auth/token')).toBe(1);
  expect(seen.slice(1)).toMatchObject([
    { authorization: 'Bearer access-1', key: 'k-1' },
    { authorization: 'Bearer access-1', key: 'k-2' },
  ]);
});

it('asks again under the same key when the connection breaks', async () => {
  const ann = await clientOf((_, response) => {
    if (traffic.repeated === 0) response.destroy();
    else answer(response, 201);
  });
  expect(await ann.post('/v1/orders', {}, 'k-1')).toMatchObject({ ok: true, status: 201 });
  expect(seen.slice(1)).toMatchObject([{ key: 'k-1' }, { key: 'k-1' }]);
  expect(traffic).toEqual({ requests: 3, repeated: 1 });
});

it.each([429, 503, 409])('waits as long as a %i asks it to', async (status) => {
  const ann = await clientOf((_, response) => {
    if (traffic.repeated === 0) answer(response, status, { code: 'later' }, { 'retry-after': '1' });
    else answer(response, 201);
  });
  const began = performance.now();
  expect(await ann.post('/v1/orders', {}, 'k-1')).toMatchObject({ ok: true, status: 201 });
  expect(performance.now() - began).toBeGreaterThan(900);
});

it('takes a refusal for an answer', async () => {
  const problem = { code: 'insufficient-stock', detail: 'Fewer units are available than you asked for.' };
  const ann = await clientOf((_, response) => answer(response, 409, problem));
  expect(await ann.post('/v1/orders', {}, 'k-1')).toEqual({ ok: false, status: 409, problem });
  expect(traffic.repeated).toBe(0);
});

it('names the answer of something that does not speak problem+json', async () => {
  const ann = await clientOf((_, response) => void response.writeHead(502).end('Bad gateway'));
  const problem = { code: 'http-502', detail: 'Bad gateway' };
  expect(await ann.post('/v1/orders', {}, 'k-1')).toEqual({ ok: false, status: 502, problem });
});

describe('when its access token has expired', () => {
  const expired =
    (refreshed: number): Script =>
    ({ line, authorization }, response) => {
      if (line === 'POST /v1/auth/refresh') answer(response, refreshed, { accessToken: 'new', refreshToken: 'new' });
      else if (authorization === 'Bearer access-1') answer(response, 401, { code: 'unauthorized' });
      else answer(response, 200);
    };

  it('renews it once for all requests under way', async () => {
    const ann = await clientOf(expired(200));
    const answers = await Promise.all([1, 2, 3].map((n) => ann.post('/v1/orders', {}, `k-${n}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect([count('POST /v1/auth/refresh'), count('POST /v1/auth/token')]).toEqual([1, 1]);
  });

  it('logs in again when the session has ended as well', async () => {
    const ann = await clientOf(expired(401));
    expect(await ann.post('/v1/orders', {}, 'k-1')).toMatchObject({ ok: true });
    expect([count('POST /v1/auth/refresh'), count('POST /v1/auth/token')]).toEqual([1, 2]);
  });
});

it('reads a list to its end', async () => {
  const ann = await clientOf(({ line }, response) =>
    answer(
      response,
      200,
      line.endsWith('cursor=next') ? { items: [3], nextCursor: null } : { items: [1, 2], nextCursor: 'next' },
    ),
  );
  expect(await ann.list('/v1/products', { inStock: 'false' })).toEqual([1, 2, 3]);
  expect(seen.map(({ line }) => line)).toContain('GET /v1/products?inStock=false&limit=100&cursor=next');
});
