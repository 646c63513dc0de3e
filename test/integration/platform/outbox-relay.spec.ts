import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { IdentityModule } from '@holdfast/identity';
import {
  currentUnit,
  type EventMeta,
  loadSettings,
  OnEvent,
  OutboxRelay,
  OutboxRelayModule,
  PlatformModule,
  requestContext,
} from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { databaseOptions } from '../../../ormconfig';
import { OutboxQueries } from '../../../libs/platform/src/relay/outbox.queries';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { until } from '../../support/eventually';

interface TestEvent {
  type: string;
  n: number;
}

interface Delivery {
  id: string;
  n: number;
  requestId?: string;
  traceparent?: string;
}

/** The deliveries that the handlers of every worker got, and how the handlers behave. */
const seen: Delivery[] = [];
const outside: Delivery[] = [];
const lastTries: string[] = [];
const running = new Set<string>();
let twiceAtOnce = 0;
let fails: (event: TestEvent) => boolean = () => false;
/** While it is pending, no handler ends. */
let gate: Promise<void> | undefined;
let hangs: Promise<void> | undefined;
/** The event with this number is never handled to its end. */
let stuck: number | undefined;

@Injectable()
class Sink {
  @OnEvent('test.counted')
  async count(event: TestEvent, { id }: EventMeta): Promise<void> {
    if (running.has(id)) twiceAtOnce++;
    running.add(id);
    try {
      await currentUnit().statement('INSERT INTO sink (event_id, n) VALUES ($1, $2)', [id, event.n]);
      await gate;
      if (event.n === stuck) await new Promise(() => undefined);
      if (fails(event)) throw new Error(`no ${event.n}`);
      seen.push({ id, n: event.n, ...requestContext.getStore() });
    } finally {
      running.delete(id);
    }
  }

  @OnEvent('test.called', { outside: true })
  async call(event: TestEvent, { id, isLastTry }: EventMeta): Promise<void> {
    outside.push({ id, n: event.n });
    if (isLastTry) lastTries.push(id);
    await hangs;
    if (fails(event)) throw new Error(`no ${event.n}`);
  }

  @OnEvent('test.shared', { outside: true })
  async callFirst(event: TestEvent, { id }: EventMeta): Promise<void> {
    outside.push({ id, n: event.n });
    if (fails(event)) throw new Error(`no ${event.n}`);
  }

  @OnEvent('test.shared')
  async countToo(event: TestEvent, { id }: EventMeta): Promise<void> {
    seen.push({ id, n: event.n });
    if (outside.some((call) => call.id === id)) throw new Error('called before it was counted');
  }
}

@Module({ providers: [Sink] })
class SinkModule {}

describe('the outbox relay', () => {
  let database: TestDatabase;
  let workers: TestingModule[];

  const aWorker = async (environment: NodeJS.ProcessEnv = {}) => {
    const settings = loadSettings({
      ...testEnvironment(database.url),
      OUTBOX_RETRY_DELAYS: '50ms,50ms,50ms',
      ...environment,
    });
    const module = await Test.createTestingModule({
      imports: [
        PlatformModule.forRoot(settings, databaseOptions(settings)),
        IdentityModule,
        SinkModule,
        OutboxRelayModule,
      ],
    }).compile();
    await module.init();
    workers.push(module);
    module.get(OutboxRelay).start();
    return module;
  };
  /** As a unit of work writes them; `aggregates` share the events in turn. */
  const publish = async (count: number, { type = 'test.counted', aggregates = count } = {}) => {
    const owners = Array.from({ length: aggregates }, newId);
    const ids = Array.from({ length: count }, newId);
    await database.query(
      `INSERT INTO platform.outbox (id, type, aggregate_id, payload, request_id, traceparent)
       SELECT id, $2, owner, jsonb_build_object('n', n - 1), id, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
       FROM unnest($1::uuid[], $3::uuid[]) WITH ORDINALITY AS e(id, owner, n) ORDER BY n`,
      [ids, type, ids.map((_, i) => owners[i % aggregates])],
    );
    return ids;
  };
  /** The worker that began so many attempts, and ended none, is gone. */
  const vanishAfter = (attempts: number, id?: string) =>
    database.query(
      `UPDATE platform.outbox SET attempts = $1, claimed_until = clock_timestamp() WHERE id = coalesce($2, id)`,
      [attempts, id],
    );
  const statuses = async (ids: string[]) => {
    const rows = await database.query<{ status: string; n: number }>(
      'SELECT status, count(*)::int AS n FROM platform.outbox WHERE id = ANY($1) GROUP BY status',
      [ids],
    );
    return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
  };
  const attempted = async () => (await database.query('SELECT FROM platform.outbox WHERE attempts > 0')).length;
  const allSent = (ids: string[]) => async () => (await statuses(ids))['sent'] === ids.length;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query('CREATE TABLE sink (event_id uuid PRIMARY KEY, n integer, position bigserial)');
  });
  beforeEach(() => {
    workers = [];
    seen.length = outside.length = lastTries.length = twiceAtOnce = 0;
    gate = hangs = stuck = undefined;
    fails = () => false;
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.get(OutboxRelay).finish()));
    await Promise.all(workers.map((worker) => worker.close()));
    await database.query('TRUNCATE sink, platform.outbox, platform.handled_events');
  });
  afterAll(async () => database.drop());

  it('OUT-05 handles 10,000 events once through four workers, none twice at a time, and fails the poison alone', async () => {
    const isPoison = (n: number) => n % 100 === 42;
    fails = ({ n }) => isPoison(n);
    const ids = await publish(10_000);
    await Promise.all([1, 2, 3, 4].map(() => aWorker({ OUTBOX_RETRY_DELAYS: '50ms' })));
    await until(async () => !(await statuses(ids))['pending'], 300_000);
    const rows = await database.query<{ n: number; status: string; attempts: number; effects: number }>(
      `SELECT (o.payload ->> 'n')::int AS n, o.status, o.attempts, count(s.n)::int AS effects
       FROM platform.outbox o LEFT JOIN sink s ON s.event_id = o.id GROUP BY o.id`,
    );
    const poison = rows.filter(({ n }) => isPoison(n)).map(({ n: _, ...row }) => row);
    const good = rows.filter(({ n }) => !isPoison(n)).map(({ n: _, ...row }) => row);
    expect(poison).toEqual(Array(100).fill({ status: 'dead', attempts: 2, effects: 0 }));
    expect(good).toEqual(Array(9_900).fill({ status: 'sent', attempts: 1, effects: 1 }));
    expect(twiceAtOnce).toBe(0);
  }, 360_000);

  it('OUT-13 keeps the order of each aggregate in batches, across workers', async () => {
    const failed = new Set<number>();
    fails = ({ n }) => n % 13 === 0 && !failed.has(n) && !!failed.add(n);
    const ids = await publish(1_000, { aggregates: 100 });
    await Promise.all([aWorker(), aWorker()]);
    await until(allSent(ids));
    const effects = await database.query<{ n: number }>('SELECT n FROM sink ORDER BY position');
    for (let owner = 0; owner < 100; owner++) {
      const order = effects.map(({ n }) => n).filter((n) => n % 100 === owner);
      expect(order).toHaveLength(10);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
  });

  it('retries a failed handler, rolls its half effect back, and passes request id and trace on', async () => {
    const failures = new Map<number, number>();
    fails = ({ n }) => {
      failures.set(n, (failures.get(n) ?? 0) + 1);
      return failures.get(n)! <= 2;
    };
    const [id] = await publish(1);
    await aWorker();
    await until(allSent([id]));
    expect(failures.get(0)).toBe(3);
    expect(seen).toMatchObject([{ id, requestId: id, traceparent: expect.stringMatching(/^00-/) as string }]);
    expect(await database.query('SELECT attempts, last_error FROM platform.outbox')).toEqual([
      { attempts: 3, last_error: null },
    ]);
  });

  it('OUT-10 OUT-11 makes a poison event dead while 100 good ones flow; retry and discard free its aggregate', async () => {
    const poison = await publish(3, { aggregates: 1 });
    const good = await publish(100);
    const poisoned = new Set(poison);
    fails = ({ n }) => n === 0 && running.has(poison[0]);
    const worker = await aWorker();
    await until(allSent(good));
    await until(async () => (await statuses(poison))['dead'] === 1);
    await until(allSent(await publish(1))); // the relay has looked again
    expect(await statuses(poison)).toEqual({ dead: 1, pending: 2 }); // its own later events wait
    expect(seen.filter(({ id }) => poisoned.has(id))).toEqual([]);
    const outbox = worker.get(OutboxQueries);
    const { items } = await outbox.list({ status: 'dead', limit: 10 });
    expect(items).toMatchObject([{ id: poison[0], status: 'dead', attempts: 4, lastError: 'Error: no 0' }]);
    await expect(outbox.retry(poison[1])).rejects.toMatchObject({ kind: 'conflict', code: 'event-not-dead' });
    await expect(outbox.retry(newId())).rejects.toMatchObject({ kind: 'not-found' });

    await outbox.retry(poison[0]);
    await until(async () => (await statuses(poison))['dead'] === 1);
    await outbox.discard(poison[0]);
    await until(async () => (await statuses(poison))['sent'] === 2);
    expect(seen.filter(({ id }) => poisoned.has(id)).map(({ n }) => n)).toEqual([1, 2]);

    const [again] = await publish(1);
    fails = () => true;
    await until(async () => (await statuses([again]))['dead'] === 1);
    fails = () => false;
    await outbox.retry(again);
    await until(allSent([again]));
    expect(seen.filter(({ id }) => id === again)).toHaveLength(1);
    await expect(outbox.discard(again)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('retries only the handlers that failed, and runs the others once', async () => {
    fails = () => outside.length < 4;
    const [id] = await publish(1, { type: 'test.shared' });
    await aWorker();
    await until(allSent([id]));
    expect(seen).toEqual([{ id, n: 0 }]); // what stays inside is first, and had its effect once
    expect(outside).toHaveLength(4);
  });

  it('delivers other events while calls to a hanging server occupy the lane of their type', async () => {
    let answer: () => void = () => undefined;
    hangs = new Promise((resolve) => (answer = resolve));
    const hanging = await publish(20, { type: 'test.called' });
    const others = [...(await publish(20)), ...(await publish(3, { type: 'test.shared' }))];
    await aWorker({ OUTBOX_CONCURRENCY: '4' });
    await until(allSent(others));
    expect(outside.filter(({ id }) => hanging.includes(id))).toHaveLength(4);
    expect(await statuses(hanging)).toEqual({ pending: 20 });
    hangs = undefined;
    answer();
    await until(allSent(hanging));
  });

  it('makes an event dead whose handler hangs, and delivers those that shared its transaction', async () => {
    stuck = 7;
    const ids = await publish(30);
    await aWorker({ STATEMENT_TIMEOUT: '250ms', LOCK_TIMEOUT: '200ms', OUTBOX_RETRY_DELAYS: '50ms' });
    await until(async () => (await statuses(ids))['dead'] === 1 && (await statuses(ids))['sent'] === 29);
    expect(await database.query('SELECT 1 FROM sink')).toHaveLength(29);
  });

  it('keeps an event for as long as its delivery takes, beyond the first lease', async () => {
    let answer: () => void = () => undefined;
    hangs = new Promise((resolve) => (answer = resolve));
    const [id] = await publish(1, { type: 'test.called' });
    for (const _ of [1, 2]) await aWorker({ OUTBOX_LEASE: '5s', OUTBOX_POLL_INTERVAL: '50ms' });
    await until(async () => {
      const sql = `SELECT FROM platform.outbox WHERE clock_timestamp() > occurred_at + interval '11 s'`;
      return (await database.query(sql)).length > 0;
    });
    expect(outside).toEqual([{ id, n: 0 }]);
    answer();
    await until(allSent([id]));
    expect(outside).toHaveLength(1);
  });

  it('OUT-02 makes one attempt and one after each delay, never sooner', async () => {
    fails = () => true;
    const [id] = await publish(1, { type: 'test.called' });
    const started = Date.now();
    await aWorker({ OUTBOX_RETRY_DELAYS: '100ms,200ms,400ms', OUTBOX_POLL_INTERVAL: '20ms' });
    await until(async () => (await statuses([id]))['dead'] === 1);
    expect(outside).toHaveLength(4);
    expect(Date.now() - started).toBeGreaterThanOrEqual(700);
    fails = () => false;
    await until(allSent(await publish(1))); // the relay has looked again
    expect(outside).toHaveLength(4);
  });

  it('gives the events of a vanished worker to another when the lease expires, with one effect', async () => {
    const ids = await publish(2);
    await database.query(
      `UPDATE platform.outbox SET claimed_until = clock_timestamp() + interval '1 hour', attempts = 1`,
    );
    // The vanished worker had committed the effect of the first, and nothing else.
    await database.query(`INSERT INTO platform.handled_events (handler, event_id) VALUES ('Sink.count', $1)`, [ids[0]]);
    await aWorker({ OUTBOX_POLL_INTERVAL: '50ms' });
    const [other] = await publish(1);
    await until(allSent([other]));
    expect(seen.map(({ id }) => id)).toEqual([other]);
    await database.query('UPDATE platform.outbox SET claimed_until = clock_timestamp() WHERE id = ANY($1)', [ids]);
    await until(allSent(ids));
    expect(seen.map(({ id }) => id)).toEqual([other, ids[1]]);
  });

  it('repeats the last attempt when its worker vanished in it, again as the last try', async () => {
    const good = await publish(1, { type: 'test.called' });
    await vanishAfter(4);
    const [bad] = await publish(1, { type: 'test.called' });
    await vanishAfter(5, bad);
    fails = () => outside.length === 2;
    await aWorker({ OUTBOX_CONCURRENCY: '1' });
    await until(allSent(good));
    await until(async () => (await statuses([bad]))['dead'] === 1);
    expect(lastTries).toEqual([...good, bad]);
  });

  it('makes an event dead that ends its worker every time', async () => {
    const [id] = await publish(1);
    await vanishAfter(8);
    await aWorker();
    await until(async () => (await statuses([id]))['dead'] === 1);
    expect(seen).toEqual([]);
  });

  it('OUT-21 finishes the deliveries that have begun when it stops, and begins no others', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const ids = await publish(20);
    const worker = await aWorker({ OUTBOX_CONCURRENCY: '4' });
    await until(async () => (await attempted()) === 4);
    const finished = worker.get(OutboxRelay).finish();
    open();
    await finished;
    expect(seen).toHaveLength(4);
    expect(await statuses(ids)).toEqual({ sent: 4, pending: 16 });
    expect(await database.query('SELECT 1 FROM sink')).toHaveLength(4);
  });

  it('stops at once while it reads the outbox, and not at its next poll', async () => {
    const worker = await aWorker({ OUTBOX_POLL_INTERVAL: '1h' });
    await worker.get(OutboxRelay).finish();
  }, 10_000);

  it('is woken by a notification, long before it polls', async () => {
    const worker = await aWorker({ OUTBOX_POLL_INTERVAL: '1h' });
    await until(async () => {
      const listening = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN %'`,
      );
      return listening.length > 0;
    });
    const ids = await publish(1);
    await worker.get(DataSource).query(`SELECT pg_notify('holdfast_outbox', '')`);
    await until(allSent(ids));
  });
});
