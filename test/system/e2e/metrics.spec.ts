import { newId } from '@holdfast/shared-kernel';
import { Api, Simulator, Worker } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectInvariants } from '../../support/invariants';
import { Scrape } from '../../support/prometheus';
import { items, Shop } from '../../support/shop';

const BUSINESS = ['orders_total', 'orders_paid_total', 'orders_canceled_total'] as const;

describe('the metrics', () => {
  let database: TestDatabase;
  let alone: Api;
  let several: Api;
  let worker: Worker;
  let simulator: Simulator;
  let workerUrl: string;
  let shop: Shop;

  const startWorker = async () => {
    worker = await Worker.start(database, { ...simulator.environment, METRICS_PORT: '0' });
    const { port } = (await worker.logged('working'))['metrics'] as { port: number };
    workerUrl = `http://127.0.0.1:${port}`;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    alone = await Api.start(database);
    simulator = await Simulator.start(alone);
    several = await Api.start(database, { WEB_CONCURRENCY: '2', ...simulator.environment });
    await eventually(
      async () => expect(several.lines.filter(({ message }) => message === 'listening')).toHaveLength(2),
      120_000,
    );
    await startWorker();
    shop = await Shop.open(alone, database);
  }, 300_000);
  afterAll(async () => {
    for (const process of [worker, several, alone, simulator]) await process.stop();
    await database.drop();
  });

  it('are on their own port in production, and not on the public one', async () => {
    const production = { NODE_ENV: 'production', PAYMENT_PROVIDERS: '', METRICS_PORT: '0', WEB_CONCURRENCY: '2' };
    const api = await Api.start(database, { ...production, ALLOWED_HOSTS: 'shop.example,127.0.0.1' });
    const { port } = (await api.logged('listening'))['metrics'] as { port: number };
    expect((await api.as().get('/metrics')).body).toMatchObject({ status: 404, code: 'route-not-found' });
    await eventually(async () => {
      const scrape = await Scrape.of(`http://127.0.0.1:${port}`);
      expect(scrape.sum('http_request_duration_seconds_count', { route: '/metrics', status: '404' })).toBe(1);
    });
    await api.stop();
  });

  const ofAll = async (name: string): Promise<number> => {
    const scrapes = await Promise.all([alone.url, several.url, workerUrl].map((url) => Scrape.of(url)));
    return scrapes.reduce((sum, scrape) => sum + scrape.sum(name), 0);
  };

  it('OBS-03 count each order once, whichever process commits it, and go on after a restart', async () => {
    const product = await shop.product({ stock: 1_000 });
    const buyers = await shop.customers(12);
    const order = async (count: number) => {
      const apis = [alone, several, several];
      const placed = buyers.slice(0, count).map(async ({ token }, index) => {
        const headers = { 'idempotency-key': newId() };
        const buyer = apis[index % apis.length].as(token);
        // A repetition under the same key is not another order.
        await buyer.post('/v1/orders', items([product, 1]), headers);
        return (await buyer.post('/v1/orders', items([product, 1]), headers)).status;
      });
      expect(await Promise.all(placed)).toEqual(Array(count).fill(201));
      await buyers[0].post('/v1/orders', items([product, 5_000]));
    };
    const settled = async () =>
      eventually(async () => {
        const open = await database.query(
          `SELECT FROM ordering.orders WHERE status IN ('reserved', 'payment_pending')`,
        );
        expect(open).toHaveLength(0);
      }, 60_000);
    const inTables = async () =>
      (
        await database.query(
          `SELECT count(*)::int AS orders_total, count(*) FILTER (WHERE status = 'paid')::int AS orders_paid_total,
             count(*) FILTER (WHERE status = 'canceled')::int AS orders_canceled_total FROM ordering.orders`,
        )
      )[0];

    await simulator.next('decline', 3);
    await order(12);
    await settled();
    const expected = await inTables();
    expect(expected).toEqual({ orders_total: 12, orders_paid_total: 9, orders_canceled_total: 3 });
    for (const name of BUSINESS) expect([name, await ofAll(name)]).toEqual([name, expected[name]]);

    // Prometheus has its counts, and recognizes a counter that starts again.
    const counted = Object.fromEntries(
      await Promise.all(BUSINESS.map(async (name) => [name, (await Scrape.of(workerUrl)).sum(name)] as const)),
    );
    expect(await worker.stop()).toBe(0);
    await startWorker();
    await order(6);
    await settled();
    const after = await inTables();
    for (const name of BUSINESS) expect([name, counted[name] + (await ofAll(name))]).toEqual([name, after[name]]);
    await expectInvariants(database);
  }, 300_000);

  it('label each of several processes behind one port, whichever of them answers', async () => {
    const scrape = await Scrape.of(several.url);
    const pids = new Set(several.lines.filter(({ message }) => message === 'listening').map(({ pid }) => String(pid)));
    expect(new Set(scrape.of('nodejs_eventloop_lag_p99_seconds').map(({ labels }) => labels['process']))).toEqual(pids);
    expect(new Set(scrape.of('http_request_duration_seconds_count').map(({ labels }) => labels['process']))).toEqual(
      pids,
    );
  });

  it('OBS-16 name a request by its route, never by its path', async () => {
    const [id, odd] = [newId(), `nothing-${newId()}`];
    await alone.as().get(`/v1/products/${id}`);
    await alone.as().get(`/${odd}`);
    const scrape = await Scrape.of(alone.url);
    for (const path of [id, odd]) expect(scrape.text).not.toContain(path);
    const product = { method: 'GET', route: '/v1/products/:id', status: '404' };
    expect(scrape.sum('http_request_duration_seconds_count', product)).toBe(1);
    expect(scrape.sum('http_request_duration_seconds_bucket', { ...product, le: '+Inf' })).toBe(1);
    const counted = { ...product, route: 'none' };
    expect(scrape.sum('http_request_duration_seconds_count', counted)).toBe(1);
  });

  it('show pools, batches, the cache, the provider’s circuit and how late the event loop is', async () => {
    for (let time = 0; time < 2; time++) await alone.as().get('/v1/products?limit=1');
    const [api, others, ofWorker] = await Promise.all([alone.url, several.url, workerUrl].map((url) => Scrape.of(url)));
    expect(api.sum('database_pool_connections', { pool: 'reads', state: 'open' })).toBeGreaterThan(0);
    for (const pool of ['use cases', 'batches'])
      expect(api.of('database_pool_connections', { pool }).map(({ labels }) => labels['state'])).toEqual([
        'open',
        'idle',
        'waiting',
      ]);
    expect(api.sum('group_commit_batch_size_count')).toBeGreaterThan(0);
    expect(api.of('group_commit_halvings_total')).toHaveLength(1);
    expect(api.sum('cache_requests_total', { cache: 'catalogue', result: 'miss' })).toBeGreaterThan(0);
    expect(api.sum('cache_requests_total', { cache: 'catalogue', result: 'hit' })).toBeGreaterThan(0);
    expect(others.of('payment_provider_circuit', { provider: 'simulator' }).map(({ value }) => value)).toEqual([0, 0]);
    expect(ofWorker.of('payment_provider_circuit', { provider: 'simulator' })).toHaveLength(1);
    for (const scrape of [api, ofWorker]) {
      expect(scrape.of('nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
      expect(scrape.of('process_resident_memory_bytes')).toHaveLength(1);
    }
  });

  it('OBS-03 show the backlog of the outbox, counted up to a limit', async () => {
    const quiet = await createTestDatabase();
    const api = await Api.start(quiet);
    const add = (status: string, count: number) =>
      quiet.query(
        `INSERT INTO platform.outbox (id, type, aggregate_id, payload, status, occurred_at)
         SELECT gen_random_uuid(), 'test.happened', gen_random_uuid(), '{}', $1, now() - interval '90 s'
         FROM generate_series(1, $2::int)`,
        [status, count],
      );
    await add('pending', 10_050);
    await add('dead', 3);
    const scrape = await Scrape.of(api.url);
    expect(scrape.sum('outbox_pending')).toBe(10_000);
    expect(scrape.sum('outbox_dead')).toBe(3);
    expect(scrape.sum('outbox_lag_seconds')).toBeGreaterThan(89);
    // The count is cached for some seconds.
    await quiet.query(`DELETE FROM platform.outbox WHERE status = 'dead'`);
    expect((await Scrape.of(api.url)).sum('outbox_dead')).toBe(3);
    await eventually(async () => expect((await Scrape.of(api.url)).sum('outbox_dead')).toBe(0), 20_000);
    await api.stop();
    await quiet.drop();
  });

  it('OBS-03 count the errors of the worker', async () => {
    const before = (await Scrape.of(workerUrl)).sum('worker_errors_total');
    await database.query('ALTER TABLE catalog.holds RENAME TO held');
    const failing = await Worker.start(database, { SWEEP_INTERVAL: '100ms', METRICS_PORT: '0' });
    const { port } = (await failing.logged('working'))['metrics'] as { port: number };
    await eventually(
      async () => expect((await Scrape.of(`http://127.0.0.1:${port}`)).sum('worker_errors_total')).toBeGreaterThan(1),
      20_000,
    );
    await database.query('ALTER TABLE catalog.held RENAME TO holds');
    await failing.stop();
    expect(before).toBe(0);
  });

  it('are absent when they are switched off, and the worker listens only with METRICS_PORT', async () => {
    const api = await Api.start(database, { METRICS: 'off' });
    const answer = await api.as().get('/metrics');
    expect([answer.status, answer.body.code]).toEqual([404, 'route-not-found']);
    await api.stop();
    const silent = await Worker.start(database);
    expect((await silent.logged('working'))['metrics']).toBeUndefined();
    await silent.stop();
  });
});
