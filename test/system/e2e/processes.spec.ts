import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { migrate } from '../../../ormconfig';
import { Api, Process, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { eventually, untilBlocked } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { items, Shop } from '../../support/shop';

describe('a process', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });

  const start = async (app: 'api' | 'worker', environment: NodeJS.ProcessEnv) => {
    const child = Process.spawn(app, environment);
    let output = '';
    child.stdout!.on('data', (data) => (output += String(data)));
    child.stderr!.on('data', (data) => (output += `stderr ${String(data)}`));
    const started = Date.now();
    await once(child, 'close');
    return { code: child.exitCode, output, took: Date.now() - started };
  };

  it.each<[string, NodeJS.ProcessEnv]>([
    ['DATABASE_URL', { DATABASE_URL: undefined }],
    ['JWT_PRIVATE_KEY', { JWT_PRIVATE_KEY: 'change-this-secret' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:change-this-password@127.0.0.1:1/x' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
  ])('OPS-19 SEC-17 names %s and exits when it is missing or bad: %o', async (name, change) => {
    for (const app of ['api', 'worker'] as const) {
      const { code, output, took } = await start(app, { ...testEnvironment(database.url), ...change });
      expect(code).toBe(1);
      expect(took).toBeLessThan(30_000); // under a second on a free machine
      const line = JSON.parse(output.trim().split('\n').at(-1)!) as { level: string; message: string };
      expect(line.level).toBe('fatal');
      expect(line.message).toContain(name);
      for (const secret of ['change-this-secret', 'change-this-password'])
        if (secret) expect(output).not.toContain(secret);
    }
  });

  it('names all that is wrong at once', async () => {
    const { output } = await start('api', { PATH: process.env['PATH'], PORT: 'x' });
    for (const name of ['DATABASE_URL', 'JWT_PRIVATE_KEY', 'PORT']) expect(output).toContain(name);
  });

  it('says why it stopped when it cannot listen', async () => {
    const api = await Api.start(database);
    const { code, output } = await start('api', { ...testEnvironment(database.url), PORT: new URL(api.url).port });
    expect([code, /EADDRINUSE/.test(output)]).toEqual([1, true]);
    await api.stop();
  });

  it('OPS-03 migrates an empty database once, however many start at once; again is a no-op', async () => {
    const empty = await createTestDatabase({ empty: true });
    const [api, other, worker] = await Promise.all([Api.start(empty), Api.start(empty), Worker.start(empty)]);
    const applied = [api, other, worker].flatMap(({ lines }) =>
      lines.filter(({ message }) => message === 'migration applied'),
    );
    const recorded = await empty.query<{ name: string }>('SELECT name FROM public.migrations ORDER BY id');
    expect(applied.map(({ migration }) => migration)).toEqual(recorded.map(({ name }) => name));
    expect((await api.as().get('/health/ready')).status).toBe(200);
    for (const each of [api, other, worker]) expect(await each.stop()).toBe(0);

    const again = await Api.start(empty);
    expect(again.lines.filter(({ message }) => message === 'migration applied')).toEqual([]);
    await again.stop();
    await empty.drop();
  });

  it('OPS-03 takes turns to migrate: six at the same moment, each migration applied once', async () => {
    const empty = await createTestDatabase({ empty: true });
    await Promise.all(Array.from({ length: 6 }, () => migrate(empty.url)));
    const recorded = await empty.query<{ name: string }>('SELECT name FROM public.migrations');
    expect(recorded.length).toBeGreaterThanOrEqual(4);
    expect(new Set(recorded.map(({ name }) => name)).size).toBe(recorded.length);
    await empty.drop();
  });

  it('OPS-12 answers what is in flight on SIGTERM, then exits 0', async () => {
    const api = await Api.start(database);
    const shop = await Shop.open(api, database);
    const product = await shop.product({ stock: 100 });
    const buyers = await shop.customers(20);
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
    const inFlight = buyers.map((buyer) => buyer.post('/v1/orders', items([product, 1])));
    await untilBlocked(database);
    await api.as().get('/health/live'); // answered after the orders had arrived
    const exit = api.stop();
    await api.logged('api is shutting down');
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(await exit).toBe(0);
    expect(await shop.onHand(product.id)).toBe(80);
  });

  it('OPS-06 keeps its PID and answers 201 or 503, however often its connections are taken away', async () => {
    const api = await Api.start(database);
    const shop = await Shop.open(api, database);
    const product = await shop.product({ stock: 100_000 });
    const buyers = await shop.customers(12);
    const until = Date.now() + 4_000;
    const answers: number[] = [];
    const shopping = buyers.map(async (buyer) => {
      while (Date.now() < until) answers.push((await buyer.post('/v1/orders', items([product, 1]))).status);
    });
    while (Date.now() < until) {
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast'`,
      );
      await sleep(60);
    }
    await Promise.all(shopping);
    expect(answers.filter((status) => ![201, 401, 503].includes(status))).toEqual([]);
    expect(answers.filter((status) => status === 401)).toEqual([]);
    expect(api.child.exitCode).toBeNull();
    expect((await buyers[0].post('/v1/orders', items([product, 1]))).status).toBe(201);
    // An order whose answer was lost may exist; one that was answered does.
    const sold = 100_000 - (await shop.onHand(product.id as string));
    expect(sold).toBeGreaterThan(answers.filter((status) => status === 201).length);
    await expectInvariants(database);
    await api.stop();
  });

  it('is probed where it is a worker: alive always; ready with the schema it needs, until SIGTERM', async () => {
    const worker = await Worker.start(database, { METRICS_PORT: '0', SWEEP_INTERVAL: '100ms' });
    const { port } = (await worker.logged('working'))['metrics'] as { port: number };
    const probe = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return [answer.status, answer.headers.get('content-type'), await answer.text()] as const;
    };
    const live = [200, 'application/json', '{"status":"ok"}'];
    const isReady = async (ready: boolean) => {
      expect(await probe('/health/live')).toEqual(live);
      const [status, type, text] = await probe('/health/ready');
      expect([status, type]).toEqual(ready ? [200, 'application/json'] : [503, 'application/problem+json']);
      expect(JSON.parse(text)).toMatchObject(ready ? { status: 'ok' } : { code: 'service-unavailable' });
    };
    await isReady(true);
    expect((await probe('/health'))[0]).toBe(404);
    const rename = (from: string, to: string) =>
      database.query('UPDATE public.migrations SET name = $2 WHERE name = $1', [from, to]);
    await rename('Audit1700000000061', 'gone');
    await isReady(false);
    await rename('gone', 'Audit1700000000061');
    await isReady(true);

    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE platform.idempotency_keys');
    await untilBlocked(database);
    const exit = worker.stop();
    await worker.logged('worker is shutting down');
    await isReady(false);
    await holder.end();
    expect(await exit).toBe(0);
  });

  it('answers in its own words what arrives while it shuts down', async () => {
    const api = await Api.start(database);
    const shop = await Shop.open(api, database);
    const [product, ann] = [await shop.product(), await shop.customer()];
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
    const inFlight = ann.post('/v1/orders', items([product, 1]));
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.write('GET /v1/products HTTP/1.1\r\nHost: x\r\n');
    await untilBlocked(database);
    await api.as().get('/health/live'); // answered after the half request had arrived
    const exit = api.stop();
    await api.logged('api is shutting down');
    let late = '';
    socket.on('data', (data) => (late += String(data)));
    socket.write('\r\n');
    await once(socket, 'close');
    expect(late).toMatch(/^HTTP\/1\.1 503 /);
    expect(late.toLowerCase()).toContain('retry-after: 1');
    expect(JSON.parse(late.split('\r\n\r\n')[1])).toMatchObject({ code: 'service-unavailable' });
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await inFlight).status).toBe(201);
    expect(await exit).toBe(0);
  });

  describe('of several, behind one port,', () => {
    /** A process takes seconds to start, and many times as long on a loaded machine. */
    const PATIENCE = 120_000;
    const pidsOf = (api: Api, message: string) =>
      new Set(api.lines.filter((line) => line['message'] === message).map(({ pid }) => pid as number));
    /** Over a connection of its own, which may go to any of them. Those that are kept alive stay where they are. */
    const hears = async (api: Api, pid: number): Promise<void> => {
      await eventually(async () => {
        const [answer] = (await once(get(`${api.url}/health/live`, { agent: false }), 'response')) as [IncomingMessage];
        answer.resume();
        expect(pidsOf(api, 'request')).toContain(pid);
      }, PATIENCE);
    };
    const several = async (count: number) => {
      const api = await Api.start(database, { WEB_CONCURRENCY: String(count) });
      await eventually(async () => expect(pidsOf(api, 'listening').size).toBe(count), PATIENCE);
      return api;
    };

    it('OPS-03 migrates once, answers, and says in the log which it is; SIGTERM answers what all have in hand, exit 0', async () => {
      const empty = await createTestDatabase({ empty: true });
      const api = await Api.start(empty, { WEB_CONCURRENCY: '3' });
      const applied = api.lines
        .filter(({ message }) => message === 'migration applied')
        .map((line) => line['migration']);
      expect(applied.length).toBeGreaterThan(4);
      expect(new Set(applied).size).toBe(applied.length);
      const shop = await Shop.open(api, empty);
      const product = await shop.product({ stock: 100 });
      const buyers = await shop.customers(30);
      const holder = new Client(empty.url);
      await holder.connect();
      await eventually(async () => expect(pidsOf(api, 'listening').size).toBe(3), PATIENCE);
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
      const inFlight = buyers.map((buyer) => buyer.post('/v1/orders', items([product, 1])));
      await untilBlocked(empty, 3);
      for (const pid of pidsOf(api, 'listening')) await hears(api, pid);
      const exit = api.stop();
      await api.logged('api is shutting down');
      await holder.query('ROLLBACK');
      await holder.end();
      expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual(Array(30).fill(201));
      expect(await exit).toBe(0);
      expect(await shop.onHand(product.id as string)).toBe(70);
      const at = pidsOf(api, 'listening');
      expect(pidsOf(api, 'request')).toEqual(at);
      for (const pid of at) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      await expectInvariants(empty);
      await empty.drop();
    }, 300_000);

    it('replaces one that is killed, after a pause when it dies at once, and loses nothing it has acknowledged', async () => {
      const api = await several(2);
      const shop = await Shop.open(api, database);
      const product = await shop.product({ stock: 100_000 });
      const buyers = await shop.customers(12);
      let shopping = true;
      const acknowledged: string[] = [];
      const refused: number[] = [];
      const crowd = buyers.map(async (buyer) => {
        while (shopping) {
          // With the process its connections break, and one that was just being handed to it is never answered: whether
          // that order exists, its key would tell.
          const answer = await Promise.race([
            buyer.post('/v1/orders', items([product, 1])).catch(() => undefined),
            sleep(20_000, undefined, { ref: false }),
          ]);
          if (answer?.status === 201) acknowledged.push(answer.body.id as string);
          else if (answer) refused.push(answer.status);
        }
      });
      const first = [...pidsOf(api, 'listening')][0];
      let victim = first;
      for (let deaths = 1; deaths <= 3; deaths++) {
        await hears(api, victim);
        process.kill(victim, 'SIGKILL');
        await eventually(async () => expect(pidsOf(api, 'listening').size).toBe(2 + deaths), PATIENCE);
        victim = [...pidsOf(api, 'listening')].at(-1)!;
      }
      await hears(api, victim);
      shopping = false;
      await Promise.all(crowd);

      const died = api.lines.filter(({ message }) => message === 'a process has died and is replaced');
      expect(died.map(({ died, signal }) => [died, signal])[0]).toEqual([first, 'SIGKILL']);
      // The last two had only just come up.
      expect(died.slice(1).every(({ pause }) => Number(pause) > 0)).toBe(true);
      expect(refused).toEqual([]);
      const found = await database.query('SELECT 1 FROM ordering.orders WHERE id = ANY($1)', [acknowledged]);
      expect(found).toHaveLength(acknowledged.length);
      expect(await api.stop()).toBe(0);
      await expectInvariants(database);
    }, 600_000);

    it('does not begin at all when it cannot listen', async () => {
      const api = await Api.start(database);
      const port = new URL(api.url).port;
      const { code, output } = await start('api', {
        ...testEnvironment(database.url),
        PORT: port,
        WEB_CONCURRENCY: '2',
      });
      expect([code, /EADDRINUSE/.test(output)]).toEqual([1, true]);
      await api.stop();
    }, 300_000);
  });
});
