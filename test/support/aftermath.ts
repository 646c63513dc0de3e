import { Client } from 'pg';
import type { Api, Json } from './api';
import type { TestDatabase } from './database';
import { eventually } from './eventually';
import { expectInvariants, expectSameMoney } from './invariants';
import type { Exchange, MixedLoad } from './mixed-load';
import { Scrape } from './prometheus';
import { items } from './shop';
import type { Site } from './site';

/** The default of DATABASE_POOL_SIZE. */
const POOL_SIZE = 12;
const READY_WITHIN_MS = 10_000;
const A_WHILE = 60_000;
/** Words of a driver, a database or a stack trace, which a client must not read. */
const DRIVER_TEXT =
  /ECONN|EPIPE|SQLSTATE|postgres|typeorm|queryrunner|terminat|timeout|read-only|too many|redis|nats|node_modules|\bat .+:\d+:\d+|\b(?:SELECT|INSERT|UPDATE) |pg_/i;

export interface Expected {
  /** Whether requests may have been left without any answer: when the process that had them was killed. */
  unanswered?: boolean;
}

/**
 * Checks what has to be true after every fault. Call it when the fault is over and the load still runs: it ends the
 * load once the site serves it again.
 */
export async function expectUnharmed(
  site: Site,
  load: MixedLoad,
  { unanswered = false }: Expected = {},
): Promise<void> {
  await Promise.all(site.apis.map(expectReady));
  const recovered = Date.now();
  await eventually(() => {
    const served = load.since(recovered).filter(({ answer }) => answer?.status === 201);
    expect(served.length).toBeGreaterThan(10);
    return Promise.resolve();
  }, A_WHILE);
  await load.stop();
  await load.settle();
  expectNobodyEnded(site);
  await expectCleanAnswers(site, load.exchanges, unanswered);
  await expectAcknowledged(site, load);
  await eventually(() => expectWholePools(site), A_WHILE);
  const attempts = 7; // as the delays of site.ts
  await eventually(() => expectInvariants(site.database, { moment: 'drained', attempts }), A_WHILE);
  await expectAllAtRest(site);
  await expectSameMoney(site.database, await site.simulator.ledger());
}

async function expectReady(api: Api): Promise<void> {
  await eventually(async () => expect((await api.as().get('/health/ready')).status).toBe(200), READY_WITHIN_MS);
}

/** Every process that was started still runs, and none has logged an error of its own. */
function expectNobodyEnded({ processes, apis }: Site): void {
  for (const { child } of processes) expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  const faults = processes.flatMap(({ lines }) => lines.filter(({ level }) => level === 'fatal'));
  const answered500 = apis.flatMap(({ lines }) => lines.filter(({ level }) => level === 'error'));
  expect([...faults, ...answered500]).toEqual([]);
}

/** Answers are as the OpenAPI document describes them; errors are problems and reveal no internals. */
async function expectCleanAnswers({ apis }: Site, exchanges: Exchange[], unanswered: boolean): Promise<void> {
  const { body: document } = await apis[0].as().get('/openapi.json');
  const wrong = exchanges.filter(({ method, route, answer }) => {
    if (!answer) return !unanswered;
    const { status, headers, body } = answer;
    if (!(status in document.paths[route][method.toLowerCase()].responses) || status === 500) return true;
    if (status < 400) return false;
    const isProblem = /^application\/problem\+json/.test(headers.get('content-type') ?? '') && body.status === status;
    const saysWhen = status !== 503 || /^\d+$/.test(headers.get('retry-after') ?? '');
    return !isProblem || !saysWhen || DRIVER_TEXT.test(JSON.stringify(body));
  });
  const shown = wrong.map(({ answer, ...exchange }) => ({ ...exchange, status: answer?.status, body: answer?.body }));
  expect(shown).toEqual([]);
}

/** The orders in the database are those that were acknowledged: one for each key, and a replay gets the same answer. */
async function expectAcknowledged({ database, apis }: Site, load: MixedLoad): Promise<void> {
  const { orders, buyers, writes, carts } = load;
  const rows = await database.query<{ id: string }>('SELECT id FROM ordering.orders WHERE customer_id = ANY($1)', [
    buyers.map(({ id }) => id),
  ]);
  expect(rows.map(({ id }) => id).sort()).toEqual([...orders.keys()].sort());
  const canceled = writes.filter(({ kind, outcome }) => kind === 'cancel' && outcome?.status === 200);
  const canceledIds = new Set(canceled.map(({ outcome }) => outcome!.body.id as string));
  for (const buyer of buyers) {
    const found = await ordersOf(apis[0], buyer.token!);
    const own = [...orders].filter(([, write]) => write.buyer === buyer);
    const shown = new Map(found.map((order) => [order.id as string, order]));
    const difference = own.filter(([id, { outcome }]) => {
      const order = shown.get(id);
      const same = ({ items: lines, total }: Json) => JSON.stringify([lines, total]);
      return !order || same(order) !== same(outcome!.body) || (canceledIds.has(id) && order.status !== 'canceled');
    });
    expect([difference, shown.size]).toEqual([[], own.length]);
    const cart = carts.get(buyer);
    const quantities = (lines: Json[]) => lines.map(({ productId, quantity }) => [productId, quantity]).sort();
    if (cart)
      expect(quantities((await apis[1].as(buyer.token).get('/v1/cart')).body.items as Json[])).toEqual(
        quantities(cart),
      );
  }
  for (const [id, write] of [...orders].slice(-20)) {
    const { status, body, headers } = await load.repeat(write);
    expect([status, body.id, headers.get('idempotent-replayed')]).toEqual([201, id, 'true']);
  }
}

async function ordersOf(api: Api, token: string): Promise<Json[]> {
  const found: Json[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await api.as(token).get(`/v1/orders?limit=100${cursor && `&cursor=${cursor}`}`);
    found.push(...(body.items as Json[]));
    cursor = body.nextCursor as string | null;
  }
  return found;
}

/**
 * No pool has lost a connection: orders for one locked product wait on all connections, and then all are served. On a
 * busy machine the first may have waited for LOCK_TIMEOUT before the last has come; a lost connection stays lost.
 */
async function expectWholePools({ apis, shop, database }: Site): Promise<void> {
  const crowd = POOL_SIZE * apis.length;
  const product = await shop.product({ stock: crowd });
  const buyers = await shop.customers(crowd);
  const holder = new Client(database.url);
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM catalog.products WHERE id = $1 FOR UPDATE', [product.id]);
  const burst = buyers.map(({ token }, i) => apis[i % apis.length].as(token).post('/v1/orders', items([product, 1])));
  try {
    await eventually(async () => {
      const waiting = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(crowd);
    }, 3_000);
  } finally {
    await holder.query('COMMIT');
    await holder.end();
    await Promise.allSettled(burst);
  }
  expect((await Promise.all(burst)).map(({ status }) => status)).toEqual(Array(crowd).fill(201));
}

/** No session is busy, and the server counts as many sessions as the pools do. */
async function expectAllAtRest(site: Site): Promise<void> {
  const { database } = site;
  await eventually(async () => {
    expect(await atWork(database)).toEqual([]);
    const scrapes = await Promise.all((await site.metricsUrls()).map((url) => Scrape.of(url)));
    const inPools = (state: string) =>
      scrapes.reduce((sum, scrape) => sum + scrape.sum('database_pool_connections', { state }), 0);
    const [{ sessions }] = await database.query<{ sessions: number }>(
      `SELECT count(*)::int AS sessions FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'holdfast'`,
    );
    expect([inPools('waiting'), inPools('open'), inPools('idle')]).toEqual([0, sessions, sessions]);
  }, 20_000);
}

const atWork = (database: TestDatabase) =>
  database.query(
    `SELECT pid, application_name, state, query FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'holdfast%' AND state <> 'idle'
     UNION ALL
     SELECT l.pid, 'a lock', l.locktype || ' ' || l.mode, a.query FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE a.datname = current_database()
       AND (NOT l.granted OR a.application_name LIKE 'holdfast%' AND l.locktype <> 'virtualxid')
     UNION ALL
     SELECT 0, 'a prepared transaction', gid, '' FROM pg_prepared_xacts WHERE database = current_database()`,
  );
