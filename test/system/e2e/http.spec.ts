import { connect, type Socket } from 'node:net';
import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { Api, type Caller, type Json } from '../../support/api';
import { untilBlocked } from '../../support/eventually';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { DEFAULT_WAITS } from '../../support/environment';
import { items, Shop } from '../../support/shop';

describe('over HTTP', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;
  let ann: Caller & { id: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database, DEFAULT_WAITS);
    shop = await Shop.open(api, database);
    ann = await shop.customer();
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  const expectProblem = (
    { status, headers, body }: { status: number; headers: Headers; body: Json },
    expected: number,
    code: string,
  ) => {
    expect([status, body.status, body.code]).toEqual([expected, expected, code]);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({
      type: `/problems/${code}`,
      title: expect.any(String) as string,
      detail: expect.any(String) as string,
      requestId: headers.get('x-request-id'),
    });
    expect(body.instance).toBe(`/requests/${body.requestId}`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  };

  it('OBS-10 SEC-11 answers every error as a problem, the framework’s own included', async () => {
    const text = (type?: string) =>
      ann.send('POST', '/v1/orders', 'hello', { 'idempotency-key': 'k', ...(type ? { 'content-type': type } : {}) });
    expectProblem(await ann.get('/nothing/here'), 404, 'route-not-found');
    expectProblem(await ann.send('PUT', '/v1/orders', {}), 405, 'method-not-allowed');
    expectProblem(await text('text/plain'), 415, 'unsupported-media-type');
    expectProblem(await text('application/xml'), 415, 'unsupported-media-type');
    expectProblem(await text('application/json'), 400, 'malformed-body');
    expectProblem(await ann.post('/v1/orders', '{"items":[],"items":'), 400, 'malformed-body');
    expectProblem(await ann.post('/v1/orders'), 400, 'malformed-body');
    expectProblem(await ann.post('/v1/orders', {}), 400, 'validation-failed');
    expectProblem(await api.as().get('/v1/orders'), 401, 'unauthorized');
    expectProblem(await ann.get('/v1/customers'), 403, 'forbidden');
    expectProblem(await ann.get(`/v1/orders/${newId()}`), 404, 'order-not-found');
    expectProblem(await ann.get('/v1/products/%E0%A4%A'), 400, 'malformed-request');
    expectProblem(await ann.get('/v1/products?q=%00'), 400, 'malformed-request');
    expectProblem(await ann.post('/v1/orders', 'x'.repeat(1_000_000)), 413, 'payload-too-large');
  });

  it('SEC-10 refuses deep, hostile and non-Unicode bodies, and lives on', async () => {
    const bodies = [
      '['.repeat(10_000) + ']'.repeat(10_000),
      '{"__proto__":{"role":"admin"},"items":[]}',
      '{"constructor":{"prototype":{"role":"admin"}},"items":[]}',
      '{"items":[{"productId":"\\u0000","quantity":1}]}',
      '{"items":[],"note":"\\ud800"}',
    ];
    for (const body of bodies) {
      const { status } = await ann.post('/v1/orders', body);
      expect([body.slice(0, 60), status]).toEqual([body.slice(0, 60), 400]);
    }
    const named = (name: string) =>
      shop.admin.send(
        'POST',
        '/v1/products',
        `{"sku":"S-${newId()}","name":"${name}","price":{"amount":"1.00","currency":"GBP"}}`,
      );
    expect((await named('nul \\u0000')).status).toBe(400);
    expect((await named('lone \\udfff')).status).toBe(400);
    expect((await named('smile \\ud83d\\ude00 ünï')).body.name).toBe('smile 😀 ünï');
    const raw = (body: Uint8Array, headers: Record<string, string> = {}) =>
      fetch(`${api.url}/v1/products`, {
        method: 'POST',
        headers: { authorization: `Bearer ${shop.admin.token}`, 'content-type': 'application/json', ...headers },
        body,
      });
    const notUtf8 = Buffer.concat([Buffer.from('{"sku":"X","name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect((await raw(notUtf8)).status).toBe(400);
    expect((await raw(Buffer.from('{}'), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await api.as().get('/health/live')).status).toBe(200);
  });

  it('SEC-18 authenticates before it looks at anything else', async () => {
    const product = await shop.product();
    const { body: order } = await ann.post('/v1/orders', items([product, 1]));
    const anonymous = api.as();
    const tries: [string, string, unknown?, Record<string, string>?][] = [
      ['GET', `/v1/orders/${order.id}`],
      ['GET', `/v1/orders/${newId()}`],
      ['GET', '/v1/orders/abc'],
      ['GET', '/v1/orders?limit=0'],
      ['POST', '/v1/orders', { items: [] }],
      ['POST', '/v1/orders', '{broken'],
      ['POST', '/v1/orders', 'text', { 'content-type': 'text/plain' }],
      ['POST', '/v1/orders', 'text', { 'content-type': 'foo' }],
      ['POST', '/v1/orders', 'text', { 'content-type': 'application/json/x' }],
      ['POST', `/v1/orders/${order.id}/cancel`],
      ['PATCH', `/v1/products/${product.id}`, { name: 7 }],
      ['POST', '/v1/products', {}],
      ['GET', '/v1/customers/me'],
    ];
    for (const [method, path, body, headers] of tries) {
      const answer = await anonymous.send(method, path, body, headers);
      expect([method, path, answer.status, answer.headers.get('www-authenticate')]).toEqual([
        method,
        path,
        401,
        'Bearer',
      ]);
    }
  });

  it('SEC-06 is not talked into another method', async () => {
    const answer = await ann.send('POST', '/v1/orders', undefined, {
      'x-http-method-override': 'DELETE',
      'idempotency-key': 'k',
    });
    expect(answer.status).toBe(400);
    expect((await ann.send('OPTIONS', '/v1/orders')).status).toBe(405);
  });

  it('OBS-07 echoes a request id that is a UUID, makes one otherwise, and logs it', async () => {
    const id = newId();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const product = await shop.product();
    const { headers, body } = await ann.post('/v1/orders', items([product, 1]), { 'x-request-id': id, traceparent });
    expect(headers.get('x-request-id')).toBe(id);
    expect((await ann.get('/v1/orders', { 'x-request-id': 'not a uuid' })).headers.get('x-request-id')).toMatch(
      /^[0-9a-f-]{36}$/,
    );
    expect(api.lines.find((line) => line['requestId'] === id)).toMatchObject({
      message: 'request',
      route: '/v1/orders',
      status: 201,
      traceparent,
    });
    expect(
      await database.query('SELECT request_id, traceparent FROM platform.outbox WHERE aggregate_id = $1', [body.id]),
    ).toEqual([{ request_id: id, traceparent }]);
  });

  it('SEC-01 SEC-13 SEC-16 gives nothing away and trusts no origin', async () => {
    const { headers } = await ann.get('/v1/orders', { origin: 'https://evil.example' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
    await database.query('ALTER TABLE ordering.order_transitions RENAME TO elsewhere');
    const failed = await ann.get(`/v1/orders/${newId()}/history`);
    await database.query('ALTER TABLE ordering.elsewhere RENAME TO order_transitions');
    expectProblem(failed, 500, 'internal-error');
    expect(JSON.stringify(failed.body)).not.toMatch(/relation|select|order_transitions|\.ts|\.js|stack/i);
    const logged = api.lines.filter((line) => line['requestId'] === failed.body.requestId && line['level'] === 'error');
    expect(logged).toHaveLength(1);
    expect(JSON.stringify(logged)).toContain('stack');
    expect(JSON.stringify(logged)).not.toContain('parameters');
  });

  it('CONC-14 CONC-15 bounds the wait for a locked product, and never waits to read it', async () => {
    const [held, free] = [await shop.product(), await shop.product()];
    const bob = await shop.customer(); // orders of one customer wait for each other
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [held.id]);
    const started = Date.now();
    let waiting = true;
    const blocked = ann.post('/v1/orders', items([held, 1])).finally(() => (waiting = false));
    const other = await bob.post('/v1/orders', items([free, 1]));
    const reads = [await ann.get(`/v1/products/${held.id}`), await ann.get('/v1/products')];
    expect([other.status, ...reads.map(({ status }) => status)]).toEqual([201, 200, 200]);
    expect(waiting).toBe(true);
    const answer = await blocked;
    expectProblem(answer, 503, 'service-unavailable');
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(Date.now() - started).toBeLessThan(15_000); // 4.5 s, and what a busy machine takes
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await ann.post('/v1/orders', items([held, 1]))).status).toBe(201);
  });

  const POLICY = "default-src 'none'; frame-ancestors 'none'";
  it.each([
    ['/v1/products', 200],
    ['/v1/orders', 401],
    ['/nothing/here', 404],
    ['/v1/products/%E0%A4%A', 400],
    ['/openapi.json', 200],
    ['/health/live', 200],
  ])('sends security headers with every answer: %s', async (path, expected) => {
    const { status, headers } = await api.as().get(path);
    expect(status).toBe(expected);
    expect(
      Object.fromEntries(
        ['content-security-policy', 'referrer-policy', 'x-content-type-options'].map((name) => [
          name,
          headers.get(name),
        ]),
      ),
    ).toEqual({
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('lets pages run their own scripts only, in no frame', async () => {
    for (const path of ['/', '/docs']) {
      const { headers } = await api.as().get(path, { accept: 'text/html' });
      expect([path, headers.get('content-security-policy')]).toEqual([
        path,
        expect.stringMatching(/^default-src 'self';.*frame-ancestors 'none'$/),
      ]);
      expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe-eval/);
    }
  });

  it('shows a browser a page with links that work, and gives a program the same as JSON', async () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    const page = await api.as().get('/', { accept: browser });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const shown = [...String(page.body).matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
    const { body } = await api.as().get('/');
    const { name, description, ...links } = body as Record<string, string>;
    expect([String(page.body).includes(name), String(page.body).includes(description)]).toEqual([true, true]);
    expect(shown).toEqual(Object.values(links));
    for (const link of shown) expect([link, (await api.as().get(link)).status]).toEqual([link, 200]);
  });

  describe('with hosts and origins named, behind a proxy', () => {
    let edge: Api;
    beforeAll(async () => {
      edge = await Api.start(database, {
        ALLOWED_HOSTS: 'Shop.example,other.example:8443',
        CORS_ORIGINS: 'https://shop.example,capacitor://localhost',
        TRUST_PROXY_HOPS: '1',
      });
    });
    afterAll(() => edge.stop());

    const ask = (head: string) =>
      onSocket((socket) => socket.write(`${head}\r\nConnection: close\r\n\r\n`), edge.url).then((answer) =>
        answer.toLowerCase(),
      );

    it.each([
      ['GET /v1/products HTTP/1.1\r\nHost: shop.example', 200],
      ['GET /v1/products HTTP/1.1\r\nHost: SHOP.example:3000', 200],
      ['GET /v1/products HTTP/1.1\r\nHost: other.example:8443', 200],
      ['GET /v1/products HTTP/1.1\r\nHost: other.example', 400],
      ['GET /v1/products HTTP/1.1\r\nHost: other.example:80', 400],
      ['GET /v1/products HTTP/1.1\r\nHost: evil.example', 400],
      ['GET /v1/products HTTP/1.1\r\nHost: shop.example.evil.example', 400],
      ['GET /v1/products HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: shop.example', 400],
      ['GET /v1/products HTTP/1.1\r\nHost: shop.example\r\nhost: evil.example', 400],
      ['GET /v1/products HTTP/1.1\r\nHost: shop.example\r\nHOST: shop.example', 400],
      ['GET /healthy HTTP/1.1\r\nHost: 10.0.0.7', 400],
      ['GET /health/live HTTP/1.1\r\nHost: 10.0.0.7', 200],
      ['GET /health/ready HTTP/1.1\r\nHost: 10.0.0.7', 200],
    ])('answers for its hosts only: %j', async (head, status) => {
      expect((await ask(head)).split(' ')[1]).toBe(String(status));
    });

    it('asks browsers for TLS only where they came by it', async () => {
      const get = 'GET /v1/products HTTP/1.1\r\nHost: shop.example';
      expect(await ask(get)).not.toContain('strict-transport-security');
      expect(await ask(`${get}\r\nX-Forwarded-Proto: https`)).toContain('strict-transport-security: max-age=31536000');
    });

    it.each([
      ['https://shop.example', true],
      ['capacitor://localhost', true],
      ['https://evil.example', false],
      ['https://shop.example.evil.example', false],
      ['null', false],
    ])('lets pages of %s in: %s', async (origin, isAllowed) => {
      const head = `HTTP/1.1\r\nHost: shop.example\r\nOrigin: ${origin}`;
      const allowed = `access-control-allow-origin: ${origin}\r\n`;
      const asks =
        'Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: idempotency-key,authorization';
      const preflight = await ask(`OPTIONS /v1/orders ${head}\r\n${asks}`);
      expect([
        preflight.includes(allowed),
        preflight.includes('access-control-allow-methods: get, head, post'),
      ]).toEqual([isAllowed, isAllowed || preflight.includes('access-control-allow-methods: get, head, post')]);
      for (const path of ['/v1/products', '/v1/orders', '/nothing']) {
        const answer = await ask(`GET ${path} ${head}`);
        expect([path, answer.includes(allowed)]).toEqual([path, isAllowed]);
        expect(answer).toMatch(/vary: .*origin/);
        expect(answer).not.toContain('access-control-allow-credentials');
        if (isAllowed) expect(answer).toMatch(/access-control-expose-headers: .*location.*x-request-id/);
      }
    });
  });

  it('bounds bodies by route', async () => {
    const statusOf = async (method: string, path: string, bytes: number) => {
      const body = JSON.stringify({ x: 'y'.repeat(bytes - 8) });
      return (await ann.send(method, path, body, { 'idempotency-key': newId() })).status;
    };
    for (const [method, path, limit] of [
      ['POST', '/v1/auth/token', 8_192],
      ['POST', '/v1/auth/refresh', 8_192],
      ['POST', '/v1/orders', 32_768],
      ['POST', `/v1/orders/${newId()}/cancel`, 32_768],
      ['POST', '/v1/cart/items', 32_768],
      ['PUT', `/v1/cart/items/${newId()}`, 32_768],
      ['POST', '/v1/cart/checkout', 32_768],
      ['POST', '/v1/customers', 262_144],
    ] as const) {
      const statuses = [await statusOf(method, path, limit), await statusOf(method, path, limit + 1)];
      expect([path, statuses]).toEqual([path, [400, 413]]);
    }
  });

  it('takes back the room of a refused body: 4 MiB of them leave their address as free as before', async () => {
    const sendTooMuch = () => ann.post('/v1/customers', { x: 'y'.repeat(300_000) });
    for (let i = 0; i < 20; i++) expectProblem(await sendTooMuch(), 413, 'payload-too-large');
    expectProblem(await ann.post('/v1/customers', {}), 400, 'validation-failed');
  });

  it.each([
    ['unknown keys', Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`k${i}`, i]))],
    ['empty lines', { items: Array.from({ length: 999 }, () => ({})) }],
  ])('answers very many %s with fifty errors', async (what, body) => {
    const path = what === 'unknown keys' ? '/v1/customers' : '/v1/orders';
    const answer = await ann.post(path, body);
    expectProblem(answer, 400, 'validation-failed');
    expect(answer.body.errors).toHaveLength(50);
    expect(JSON.stringify(answer.body).length).toBeLessThan(10_000);
  });

  it.each([
    ['members', { ...Array.from({ length: 2_001 }, () => 0) }],
    ['elements', { items: Array.from({ length: 2_000 }, () => 0) }],
    ['members of elements', { items: Array.from({ length: 1_000 }, () => ({ productId: '' })) }],
  ])('refuses more than 2,000 %s without parsing them', async (_what, body) => {
    const answer = await ann.post('/v1/orders', body);
    expectProblem(answer, 400, 'malformed-body');
    expect(answer.body.detail).toMatch(/more than 2000 /);
    // What a text says is one value, whatever its characters.
    expectProblem(await ann.post('/v1/orders', { items: ',[{'.repeat(2_001) }), 400, 'validation-failed');
  });

  it.each([
    ['NOT HTTP AT ALL\r\n\r\n', 400, 'malformed-request'],
    ['GET /health/live HTTP/1.1\r\n\r\n', 400, 'malformed-request'],
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
    [
      'POST /v1/orders HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      417,
      'expectation-failed',
    ],
  ])('answers a problem even to what hardly is HTTP: %.40s', async (bytes, status, code) => {
    const answer = await onSocket((socket) => socket.end(bytes));
    expect(answer.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(answer.toLowerCase()).toContain('x-request-id: ');
    expect(JSON.parse(answer.split('\r\n\r\n')[1])).toMatchObject({ status, code });
    expect((await api.as().get(`/problems/${code}`)).status).toBe(200);
  });

  const onSocket = (begin: (socket: Socket) => void, at = api.url) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(at);
      const socket = connect(Number(port), hostname, () => begin(socket));
      let text = '';
      socket
        .on('data', (data) => (text += String(data)))
        .on('end', () => resolve(text))
        .on('error', reject);
    });

  it('describes every problem it may answer, and nothing that only looks like one', async () => {
    for (const code of [
      'route-not-found',
      'method-not-allowed',
      'malformed-request',
      'uri-too-long',
      'request-timeout',
    ])
      expect([code, (await api.as().get(`/problems/${code}`)).status]).toEqual([code, 200]);
    for (const code of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'none'])
      expect([code, (await api.as().get(`/problems/${code}`)).status]).toEqual([code, 404]);
  });

  it('reads, logs in and is ready while a crowd waits for a locked product', async () => {
    const product = await shop.product();
    const crowd = await shop.customers(40);
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
    const started = Date.now();
    let answered = 0;
    const waiting = crowd.map(async (buyer) => {
      const { status } = await buyer.post('/v1/orders', items([product, 1]));
      answered++;
      return [status, Date.now() - started] as const;
    });
    await untilBlocked(database);
    for (const path of [`/v1/products/${product.id}`, '/v1/products', '/v1/orders', '/health/ready'])
      expect([path, (await ann.get(path)).status]).toEqual([path, 200]);
    expect(answered).toBe(0); // they waited for nothing that the crowd waits for
    const answers = await Promise.all(waiting);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(answers.filter(([status]) => status !== 503)).toEqual([]);
    // 5 s for a connection, 4.5 s for the row, and what a busy machine takes
    expect(Math.max(...answers.map(([, took]) => took))).toBeLessThan(30_000);
  });

  it('OBS-01 OBS-09 is live and ready, and speaks JSON on every line', async () => {
    expect((await api.as().get('/health/live')).body).toEqual({ status: 'ok' });
    expect((await api.as().get('/health/ready')).body).toEqual({
      status: 'ok',
      checks: { database: 'ok', migrations: 'ok' },
    });
    expect(api.lines.length).toBeGreaterThan(10);
    for (const line of api.lines)
      expect(line).toMatchObject({
        timestamp: expect.any(String) as string,
        level: expect.any(String) as string,
        message: expect.any(String) as string,
      });
  });
});
