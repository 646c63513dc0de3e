import { once } from 'node:events';
import { newId } from '@holdfast/shared-kernel';
import { Api, type Answer, type Caller, type Json, Process, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment, WEBHOOK_SECRETS } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { items, Shop } from '../../support/shop';
import { TraceCollector } from '../../support/trace-collector';
import { WebhookSink } from '../../support/webhook-sink';
import { signatureOf, deliverWebhook } from '../../support/webhooks';

/** All that somebody gives us, or we give him, in confidence. */
const SECRETS = {
  password: 'a long pass phrase of Ann',
  wrong: 'a wrong pass phrase of Ann',
  next: 'another pass phrase of Ann',
  email: 'ann.secret@mail.example',
  card: '4111111111111111',
  spacedCard: '4111 1111 1111 1111',
  idempotencyKey: 'key-that-only-ann-knows',
  apiKey: `hf_${'0'.repeat(32)}_of-somebody-else`,
  hookPath: 'hook-path-that-only-they-know',
  redis: 'redis-password',
  smtp: 'smtp-password',
  nats: 'nats-password',
  sms: 'sms-token-of-ours',
  database: 'database-password',
};
/** Of what is made on the way: an access token, an API key and a signing secret are recognised by their form. */
const LOOKS = [
  /eyJ[\w-]{10,}\.[\w-]{10,}/,
  /hf_[0-9a-f]{32}_\w+/,
  /whsec_[\w+/=-]{8,}/,
  /[\w.+-]+@[\w-]+\.[a-z]{2,}/i,
  /\$argon2/,
];

const AWAY = {
  REDIS_URL: `redis://:${SECRETS.redis}@127.0.0.1:9`,
  NATS_URL: `nats://holdfast:${SECRETS.nats}@127.0.0.1:9`,
  SMTP_URL: `smtp://holdfast:${SECRETS.smtp}@127.0.0.1:9`,
  MAIL_FROM: 'Shop <orders@shop.example>',
  SMS_URL: 'http://127.0.0.1:9/sms',
  SMS_TOKEN: SECRETS.sms,
};

describe('what is secret', () => {
  let database: TestDatabase;
  let collector: TraceCollector;
  let sink: WebhookSink;
  let api: Api;
  let worker: Worker;
  let simulator: Simulator;
  let shop: Shop;
  /** What was answered with an error, and the request id and trace of everything that was asked. */
  const refusals: Answer<Json>[] = [];
  const asked: { requestId: string; status: number; traceId: string }[] = [];
  const given = new Set<string>(Object.values(SECRETS));

  beforeAll(async () => {
    database = await createTestDatabase();
    [collector, sink] = await Promise.all([TraceCollector.open(), WebhookSink.open()]);
    const all = { ...AWAY, LOG_LEVEL: 'trace', WEBHOOK_TARGETS: 'any', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    api = await Api.start(database, all);
    simulator = await Simulator.start(api);
    worker = await Worker.start(database, {
      ...all,
      ...simulator.environment,
      METRICS_PORT: '0',
      OUTBOX_RETRY_DELAYS: '50ms',
    });
    shop = await Shop.open(api, database);
  });
  afterAll(async () => {
    for (const process of [worker, simulator, api]) await process.stop();
    for (const each of [sink, collector]) each.close();
    await database.drop();
  });

  /** As a caller does, and remembers what must not be revealed. */
  async function ask(
    caller: Caller,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) {
    const traceId = newId().replaceAll('-', '');
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const answer = await caller.send<Json>(method, path, body, { 'idempotency-key': newId(), traceparent, ...headers });
    const { status, headers: answered } = answer;
    if (status >= 400) refusals.push(answer);
    asked.push({ requestId: answered.get('x-request-id')!, status, traceId });
    for (const name of ['accessToken', 'refreshToken', 'key', 'secret'])
      if (typeof answer.body?.[name] === 'string') given.add(answer.body[name]);
    return answer;
  }

  async function campaign(): Promise<void> {
    const { password, wrong, next, email, card, spacedCard, idempotencyKey, apiKey, hookPath } = SECRETS;
    const nobody = api.as();
    const names = { username: 'ann', email, password };
    expect((await ask(nobody, 'POST', '/v1/customers', names)).status).toBe(201);
    await Promise.all(
      [1, 2, 3].map(() => ask(nobody, 'POST', '/v1/customers', { ...names, username: `u${newId().slice(-8)}` })),
    );
    const { body: tokens } = await ask(nobody, 'POST', '/v1/auth/token', { username: email, password });
    for (const login of [
      { username: email, password: wrong },
      { username: password, password: email },
      { username: [email], password: { password } },
    ])
      await ask(nobody, 'POST', '/v1/auth/token', login);
    await ask(nobody, 'POST', '/v1/auth/token', `{"username":"${email}","password":"${password}"`);
    for (let again = 0; again < 2; again++)
      await ask(nobody, 'POST', '/v1/auth/refresh', { refreshToken: tokens.refreshToken as string });
    await ask(nobody, 'POST', '/v1/auth/revoke', { refreshToken: `${tokens.refreshToken as string}x` });
    const { body: session } = await ask(nobody, 'POST', '/v1/auth/token', { username: 'ann', password });
    const ann = api.as(session.accessToken as string);
    await ask(ann, 'PATCH', '/v1/customers/me', { password: next, currentPassword: wrong });
    await ask(ann, 'PATCH', '/v1/customers/me', { password: next, currentPassword: password });
    await ask(api.as(`${ann.token}x`), 'GET', '/v1/customers/me');
    await ask(nobody, 'GET', '/v1/customers/me', undefined, { authorization: `Basic ${btoa(`${email}:${password}`)}` });

    const order = items([await shop.product(), 1]);
    for (let again = 0; again < 2; again++)
      await ask(ann, 'POST', '/v1/orders', order, { 'idempotency-key': idempotencyKey });
    await ask(ann, 'POST', '/v1/orders', items([await shop.product(), 2]), { 'idempotency-key': idempotencyKey });
    await ask(ann, 'POST', '/v1/orders', { ...order, card, expectedTotal: { amount: card, currency: spacedCard } });
    await ask(ann, 'GET', `/v1/products?q=${card}&minPrice=${spacedCard}&access_token=${ann.token}`);
    await ask(shop.admin, 'GET', `/v1/customers?q=${encodeURIComponent(email)}`);

    await deliverWebhook(api, { orderId: newId() });
    const news = JSON.stringify({ id: 'evt_1', type: 'payment.succeeded', data: { reason: card } });
    for (const signature of [signatureOf(news, `${WEBHOOK_SECRETS[0]}x`), 't=1,v1=00'])
      await ask(nobody, 'POST', '/v1/webhooks/payments/simulator', news, { 'webhook-signature': signature });

    const { body: key } = await ask(shop.admin, 'POST', '/v1/api-keys', { name: 'Scanner', scopes: ['orders:read'] });
    const machine = api.as(key.key as string);
    expect((await ask(machine, 'GET', '/v1/orders')).status).toBe(200);
    await ask(machine, 'GET', '/v1/customers');
    await ask(shop.admin, 'DELETE', `/v1/api-keys/${key.id}`);
    await ask(machine, 'GET', '/v1/orders');
    await ask(api.as(apiKey), 'GET', '/v1/orders');

    sink.answer = (response, { headers, body }) => response.writeHead(500).end(JSON.stringify(headers) + body + email);
    for (const url of [`${sink.url}/${hookPath}`, `http://127.0.0.1:9/${hookPath}?token=${card}`])
      expect((await ask(shop.admin, 'POST', '/v1/admin/webhook-endpoints', { url })).status).toBe(201);
    // What was ordered above may be over by now: this is what the endpoints hear of.
    expect((await ask(await shop.customer(), 'POST', '/v1/orders', order)).status).toBe(201);
    const { body: endpoints } = await ask(shop.admin, 'GET', '/v1/admin/webhook-endpoints');
    await ask(shop.admin, 'POST', `/v1/admin/webhook-endpoints/${endpoints.items[0].id}/rotate-secret`);
    await ask(shop.admin, 'POST', '/v1/admin/webhook-endpoints', { url: `ftp://ann:${password}@x/` });
  }

  /** While a table is not where it should be, what needs it fails. */
  async function without(table: string, work: () => Promise<void>): Promise<void> {
    const [schema, name] = table.split('.');
    await database.query(`ALTER TABLE ${table} RENAME TO elsewhere`);
    await work().finally(() => database.query(`ALTER TABLE ${schema}.elsewhere RENAME TO ${name}`));
  }

  const textOf = (lines: Record<string, unknown>[]) => lines.map((line) => JSON.stringify(line)).join('\n');

  function expectDiscreet(what: string, text: string): void {
    const revealed = [...given].filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));
    const looks = LOOKS.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
    expect([what, revealed, looks]).toEqual([what, [], []]);
  }

  function expectLines(lines: Record<string, unknown>[]): void {
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
    const odd = lines.filter(({ timestamp, level, message }) =>
      [
        !Date.parse(String(timestamp)),
        !levels.includes(String(level)),
        typeof message !== 'string' || message === '',
      ].some(Boolean),
    );
    expect(odd).toEqual([]);
  }

  it('SEC-13 is not revealed by a failure of ours, which is logged once, with its stack and its request', async () => {
    let failed: Answer<Json> | undefined;
    await without('identity.customers', async () => {
      failed = await ask(api.as(), 'POST', '/v1/auth/token', { username: SECRETS.email, password: SECRETS.password });
    });
    const { status, body } = failed!;
    const requestId = String(body.requestId);
    expect([status, body]).toEqual([
      500,
      {
        ...{ type: '/problems/internal-error', title: 'Internal error', status: 500, code: 'internal-error' },
        ...{ detail: 'Something went wrong on our side; quote the request id.' },
        ...{ instance: `/requests/${requestId}`, requestId },
      },
    ]);
    const errors = api.lines.filter((line) => line['requestId'] === requestId && line['level'] === 'error');
    expect(errors).toMatchObject([{ message: 'answered 500', err: { code: '42P01' }, traceId: asked.at(-1)!.traceId }]);
    expect((errors[0]['err'] as Json).stack).toMatch(/\n\s+at /);
  });

  it('SEC-22 is in no log, metric, trace or error, whatever goes wrong', async () => {
    await campaign();
    const troubles = ['a webhook was not accepted', 'an event could not be handled'];
    await eventually(async () => {
      const logged = new Set(worker.lines.map(({ message }) => message));
      expect(troubles.filter((message) => !logged.has(message))).toEqual([]);
      const [{ left }] = await database.query(
        `SELECT count(*)::int AS left FROM platform.outbox WHERE status = 'pending'`,
      );
      expect(left).toBe(0);
    });
    for (const line of worker.lines.filter(({ message }) => troubles.includes(String(message))))
      expect(line).toMatchObject({ requestId: expect.any(String) as string, traceId: expect.any(String) as string });
    const { port } = (await worker.logged('working'))['metrics'] as { port: number };
    const metrics = [api.url, `http://127.0.0.1:${port}`].map(async (url) => (await fetch(`${url}/metrics`)).text());
    expect(refusals.length).toBeGreaterThan(15);
    expectDiscreet('errors', refusals.map(({ body }) => JSON.stringify(body)).join('\n'));
    expectDiscreet('metrics', (await Promise.all(metrics)).join('\n'));
    expectDiscreet('traces', collector.bodies.join('\n'));
    expectDiscreet('API', textOf(api.lines));
    expectDiscreet('worker', textOf(worker.lines));
  }, 120_000);

  it('OBS-07 OBS-09 logs JSON with timestamp, level and message, and each request with its id and trace', () => {
    expectLines([...api.lines, ...worker.lines]);
    for (const { requestId, status, traceId } of asked) {
      const own = api.lines.filter((line) => line['requestId'] === requestId || line['traceId'] === traceId);
      expect(own.filter(({ message }) => message === 'request')).toMatchObject([{ status, requestId, traceId }]);
      expect(own.filter((line) => line['requestId'] !== requestId || line['traceId'] !== traceId)).toEqual([]);
    }
  });

  it.each<[string, 'api' | 'worker', NodeJS.ProcessEnv]>([
    [
      'settings that are wrong',
      'api',
      { DATABASE_URL: `mysql://x:${SECRETS.database}@127.0.0.1/x`, JWT_PRIVATE_KEY: SECRETS.password },
    ],
    [
      'settings that are wrong',
      'worker',
      { SMTP_URL: `http://x:${SECRETS.smtp}@127.0.0.1`, REDIS_URL: SECRETS.redis, NATS_URL: SECRETS.nats },
    ],
    ['an address that is not ours', 'api', { HOST: '192.0.2.1' }],
    ['a log-in that the database refuses', 'worker', { DATABASE_URL: '' }],
  ])('OBS-09 SEC-22 says in one line of JSON what ended it: %s (%s)', async (_why, app, environment) => {
    const url = new URL(database.url);
    [url.username, url.password] = ['nobody_of_ours', SECRETS.database];
    const settings = environment['DATABASE_URL'] === '' ? { DATABASE_URL: url.href } : environment;
    const child = Process.spawn(app, { ...testEnvironment(database.url), LOG_LEVEL: 'info', ...settings });
    let [out, err] = ['', ''];
    child.stdout!.on('data', (data) => (out += String(data)));
    child.stderr!.on('data', (data) => (err += String(data)));
    await once(child, 'close');
    expect([child.exitCode, err]).toEqual([1, '']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expectLines(lines);
    expect(lines.filter(({ level }) => level === 'fatal')).toHaveLength(1);
    expectDiscreet(app, out);
  });
});
