import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { AggregateRoot, DomainError, newId } from '@holdfast/shared-kernel';
import {
  column,
  currentUnit,
  type IdempotentCall,
  loadSettings,
  mapAggregate,
  PlatformModule,
  requestContext,
  runMigrations,
  UnitOfWork,
} from '@holdfast/platform';
import { connectionOptions } from '@holdfast/platform/persistence';
import { Client, Pool } from 'pg';
import type { DataSourceOptions, MigrationInterface, QueryRunner } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { untilBlocked } from '../../support/eventually';
import { testEnvironment } from '../../support/environment';
import { queriesOf } from '../../support/queries';

class Shelf extends AggregateRoot {
  readonly units!: number;

  static of(units: number): Shelf {
    return Object.assign(new Shelf(), { id: newId(), units, updatedAt: new Date() });
  }

  take(units: number): void {
    if (units > this.units) throw new SoldOut();
    if (units < 0) {
      // Against the rule: it changes before it guards, and counts no change.
      Object.assign(this, { units: -1 });
      throw new SoldOut();
    }
    this.change(-units);
  }

  change(by: number): void {
    Object.assign(this, { units: this.units + by });
    this.changed(new Date());
    this.record({ type: 'test.taken', ...{ by } });
  }
}

class SoldOut extends DomainError {
  constructor() {
    super('sold-out', 'conflict', 'Sold out.');
  }
}

const entities = mapAggregate(Shelf, {
  table: 'shelves.shelves',
  columns: {
    id: column.id,
    units: column.integer('units'),
    version: column.integer('version'),
    updatedAt: column.timestamp('updated_at'),
  },
});

class Shelves1700000000099 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA shelves;
      CREATE TABLE shelves.shelves (id uuid PRIMARY KEY, units integer CHECK (units <> 666), version integer, updated_at timestamptz)`);
  }

  async down(): Promise<void> {
    // never called: the database is dropped with the suite
  }
}

@Injectable()
class Shop {
  runs = 0;
  readonly asked: number[] = [];
  /** While it is set, a call of `wait` keeps its batch, and so its lane, from ending. */
  gate = Promise.resolve();

  @UnitOfWork()
  async open(...units: number[]): Promise<string[]> {
    const shelves = units.map((each) => Shelf.of(each));
    shelves.forEach((shelf) => currentUnit().add(shelf));
    return shelves.map(({ id }) => id);
  }

  @UnitOfWork({ grouped: true })
  async take(id: string, units: number, then?: () => unknown): Promise<{ left: number }> {
    this.runs++;
    const shelf = (await currentUnit().lock(Shelf, id))!;
    shelf.take(units);
    const left = { left: shelf.units };
    await then?.();
    return left;
  }

  /** Asks the database something more between the lock and the change. */
  @UnitOfWork({ grouped: true })
  async takeHalf(id: string, units: number): Promise<void> {
    this.runs++;
    const unit = currentUnit();
    const shelf = (await unit.lock(Shelf, id))!;
    const half = await unit.ask('half', units, async (all) => {
      this.asked.push(all.length);
      return all.map((each) => each / 2);
    });
    shelf.take(half);
  }

  /** Changes its own shelf, and only then finds out whether there is a unit to be had. */
  @UnitOfWork({ grouped: true })
  async takeInto(own: string, id: string): Promise<void> {
    this.runs++;
    (await currentUnit().lock(Shelf, own))!.change(1);
    (await currentUnit().lock(Shelf, id))!.take(1);
  }

  @UnitOfWork({ grouped: true, oneEach: (own: string) => own })
  async takeIntoOwn(own: string, id: string): Promise<void> {
    this.runs++;
    (await currentUnit().lock(Shelf, own))!.change(1);
    (await currentUnit().lock(Shelf, id))!.take(1);
  }

  @UnitOfWork({ grouped: true })
  async wait(): Promise<void> {
    await this.gate;
  }
}

@Module({ providers: [Shop], exports: [Shop] })
class ShopModule {}

describe('concurrent calls of one use case', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let start: () => Promise<TestingModule>;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options: DataSourceOptions = {
      type: 'postgres',
      ...connectionOptions({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: 4 }),
      entities,
      migrations: [Shelves1700000000099],
    };
    await runMigrations(options);
    const settings = loadSettings({ ...testEnvironment(database.url), POOL_TIMEOUT: '2s' });
    start = () =>
      Test.createTestingModule({ imports: [PlatformModule.forRoot(settings, options), ShopModule] }).compile();
    module = await start();
    shop = module.get(Shop);
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  const units = async (...ids: string[]) =>
    (
      await database.query<{ units: number }>(
        'SELECT units FROM shelves.shelves WHERE id = ANY($1) ORDER BY array_position($1, id)',
        [ids],
      )
    ).map((row) => row.units);

  const times = <T>(n: number, call: (i: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> =>
    Promise.allSettled(Array.from({ length: n }, (_, i) => call(i)));
  const served = (results: PromiseSettledResult<unknown>[]) =>
    results.filter(({ status }) => status === 'fulfilled').length;

  /** Calls as a request under an Idempotency-Key does. */
  const asRequest = async <T>(
    work: () => Promise<T>,
    { key = newId(), customerId = newId(), fingerprint = 'x' } = {},
  ) => {
    const idempotentCall: IdempotentCall = { customerId, operation: 'test.take', key, fingerprint };
    const requestId = newId();
    const value = await requestContext.run({ requestId, idempotentCall }, work);
    return { value, requestId, outcome: idempotentCall.outcome };
  };

  it('share a transaction: the first goes alone, the others together', async () => {
    const ids = await shop.open(10, 10);
    const sent = await queriesOf(() => times(9, (i) => shop.take(ids[i % 2], 1)));
    expect(sent.filter((sql) => sql === 'COMMIT')).toHaveLength(2);
    expect(sent.filter((sql) => /FOR UPDATE/.test(sql))).toHaveLength(2);
    expect(await units(...ids)).toEqual([5, 6]);
  });

  it('see the changes of the calls before them', async () => {
    const [id] = await shop.open(10);
    const results = await times(10, () => shop.take(id, 1));
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value.left : result))).toEqual([
      9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
    ]);
  });

  it('are refused one by one, without effect on the others', async () => {
    const [id, other] = await shop.open(10, 10);
    shop.runs = 0;
    const results = await times(60, (i) => shop.take(i % 2 ? id : other, 3));
    expect(served(results)).toBe(6);
    expect(results.filter((each) => each.status === 'rejected' && !(each.reason instanceof SoldOut))).toEqual([]);
    expect(await units(id, other)).toEqual([1, 1]);
    expect(shop.runs).toBe(60); // so nothing was rolled back
  });

  it('are all refused when nothing is left', async () => {
    const [id] = await shop.open(0);
    shop.runs = 0;
    const results = await times(10, () => shop.take(id, 1));
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'sold-out' } });
    expect(shop.runs).toBe(10); // so each found the shelf as it is
  });

  it('ask their questions together, in turns', async () => {
    const [id] = await shop.open(10);
    shop.runs = 0;
    const results = await times(31, () => shop.takeHalf(id, 4));
    expect(served(results)).toBe(5);
    expect(shop.asked).toEqual([1, 30]);
    expect(await units(id)).toEqual([0]);
    expect(shop.runs).toBe(31); // that others changed the shelf meanwhile spoils nobody's refusal
  });

  it('drop the changes of a refused call that no other call has worked with', async () => {
    const [id, ...own] = await shop.open(5, ...Array<number>(20).fill(7));
    shop.runs = 0;
    const results = await times(20, (i) => shop.takeInto(own[i], id));
    expect(served(results)).toBe(5);
    expect(shop.runs).toBe(20);
    const gained = results.flatMap(({ status }, i) => (status === 'fulfilled' ? own[i] : []));
    expect(await units(id, ...own)).toEqual([0, ...own.map((each) => (gained.includes(each) ? 8 : 7))]);
    const events = await database.query<{ aggregate_id: string }>(
      `SELECT aggregate_id FROM platform.outbox WHERE aggregate_id = ANY($1)`,
      [own],
    );
    expect(events.map(({ aggregate_id: each }) => each).sort()).toEqual([...gained].sort());
  });

  it('write nothing of an aggregate that a refused call has half changed', async () => {
    const [id, own] = await shop.open(10, 10);
    const results = await times(12, (i) => (i === 5 ? shop.take(own, -1) : shop.take(id, i === 8 ? -1 : 1)));
    expect(served(results)).toBe(10);
    expect(await units(id, own)).toEqual([0, 10]);
  });

  it('succeed beside one that is refused after a change to a shared aggregate', async () => {
    const [id] = await shop.open(10);
    const refuse = () => {
      throw new SoldOut();
    };
    const results = await times(10, (i) => shop.take(id, 1, i === 4 ? refuse : undefined));
    expect(results.map(({ status }) => status)).toEqual(
      Array.from({ length: 10 }, (_, i) => (i === 4 ? 'rejected' : 'fulfilled')),
    );
    expect(await units(id)).toEqual([1]);
    const events = await database.query('SELECT 1 FROM platform.outbox WHERE aggregate_id = $1', [id]);
    expect(events).toHaveLength(9);
  });

  it('succeed beside one that fails, in the process or in the database', async () => {
    const ids = await shop.open(100, 700, 100);
    const fail = () => {
      throw new TypeError('a bug');
    };
    const poison = [
      () => shop.take(ids[0], 1, fail),
      () => shop.take(ids[1], 34), // leaves 666, which a CHECK refuses
      () => shop.take(ids[2], 1, () => currentUnit().statement('SELECT 1 / 0', [])),
    ];
    const results = await times(33, (i) =>
      i % 11 === 10 ? poison[(i - 10) / 11]() : shop.take(ids[i % 2 ? 0 : 2], 1),
    );
    expect(results.flatMap(({ status }, i) => (status === 'rejected' ? i : []))).toEqual([10, 21, 32]);
    expect(await units(...ids)).toEqual([85, 700, 85]);
  });

  it('under the same Idempotency-Key have one effect and one answer', async () => {
    const [id] = await shop.open(10);
    const [key, customerId] = [newId(), newId()];
    let results: Awaited<ReturnType<typeof asRequest<{ left: number }>>>[] = [];
    const sent = await queriesOf(async () => {
      const call = (i: number) => asRequest(() => shop.take(id, 1), i % 3 === 0 ? {} : { key, customerId });
      results = await Promise.all(Array.from({ length: 12 }, (_, i) => call(i)));
    });
    expect(sent).not.toContain('ROLLBACK'); // a twin waits for the next batch
    expect(await units(id)).toEqual([5]);
    const twins = results.filter((_, i) => i % 3 !== 0);
    expect(new Set(twins.map(({ value }) => value.left)).size).toBe(1);
    expect(twins.map(({ outcome }) => outcome)).toEqual(['fresh', ...Array<string>(7).fill('replayed')]);
    await expect(asRequest(() => shop.take(id, 2), { key, customerId, fingerprint: 'y' })).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
  });

  it('of one customer are served one by one, and a refused one leaves its key unused', async () => {
    const [id] = await shop.open(3);
    const customerId = newId();
    const keys = Array.from({ length: 8 }, () => newId());
    const results = await times(8, (i) => asRequest(() => shop.take(id, 1), { customerId, key: keys[i] }));
    expect(served(results)).toBe(3);
    const used = await database.query<{ key: string }>(
      'SELECT key FROM platform.idempotency_keys WHERE customer_id = $1',
      [customerId],
    );
    expect(used.map(({ key }) => key).sort()).toEqual(keys.filter((_, i) => results[i].status === 'fulfilled').sort());
  });

  it('of one party are in batches of their own, so that its refusals roll nobody back', async () => {
    const [full, empty, ann, ...others] = await shop.open(100, 0, 0, ...Array<number>(20).fill(0));
    shop.runs = 0;
    let results: PromiseSettledResult<void>[] = [];
    const sent = await queriesOf(async () => {
      const calls = [...others, ann, ann, ann, ann, ann].map((own) => () => {
        return shop.takeIntoOwn(own, own === ann ? empty : full);
      });
      results = await times(calls.length, (i) => calls[i]());
    });
    expect(served(results)).toBe(others.length);
    expect([sent.includes('ROLLBACK'), shop.runs]).toEqual([false, results.length]);
    expect(await units(full, ann, ...others)).toEqual([80, 0, ...others.map(() => 1)]);
  });

  it('of one party beyond five hundred in the queue are answered 503, and others are served', async () => {
    const [full, ann, bob] = await shop.open(600, 0, 0);
    const settled: unknown[] = [];
    await times(511, (i) =>
      shop.takeIntoOwn(i === 510 ? bob : ann, full).then(
        () => settled.push('served'),
        (refusal: { status: number }) => settled.push(refusal.status),
      ),
    );
    // The nine do not wait; of the others, some may wait for too long.
    expect(settled.slice(0, 10)).toEqual([...Array<number>(9).fill(503), 'served']);
    const [left, ofAnn, ofBob] = await units(full, ann, bob);
    expect([left + ofAnn, ofBob]).toEqual([599, 1]);
  });

  it('record events under the request id of their own call', async () => {
    const [id] = await shop.open(100);
    const results = await Promise.all(Array.from({ length: 20 }, () => asRequest(() => shop.take(id, 1))));
    const events = await database.query<{ request_id: string }>(
      'SELECT request_id FROM platform.outbox WHERE aggregate_id = $1',
      [id],
    );
    expect(events.map((event) => event.request_id).sort()).toEqual(results.map(({ requestId }) => requestId).sort());
  });

  it('do not wait for a row that another transaction holds, except those that need it', async () => {
    const [held, free] = await shop.open(10, 10);
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM shelves.shelves WHERE id = $1 FOR UPDATE', [held]);
    let waiting = 10;
    const blocked = times(10, () => shop.take(held, 1).finally(() => waiting--));
    const sent = await queriesOf(async () => expect(served(await times(10, () => shop.take(free, 1)))).toBe(10));
    expect(sent.filter((sql) => sql === 'ROLLBACK')).toHaveLength(2); // the first call, then the others
    expect(waiting).toBe(10);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(served(await blocked)).toBe(10);
    expect(await units(held, free)).toEqual([0, 0]);
  });

  it('do not wait for a twin in another process, except the twin itself', async () => {
    const [id] = await shop.open(10);
    const [key, customerId] = [newId(), newId()];
    const twin = new Client(database.url);
    await twin.connect();
    await twin.query('BEGIN');
    await twin.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${customerId} test.take ${key}`]);
    let isAnswered = false;
    const asked = asRequest(() => shop.take(id, 1), { key, customerId }).finally(() => (isAnswered = true));
    expect(served(await times(5, () => asRequest(() => shop.take(id, 1))))).toBe(5);
    await untilBlocked(database);
    expect(isAnswered).toBe(false);
    await twin.query('ROLLBACK');
    await twin.end();
    expect((await asked).outcome).toBe('fresh');
    expect(await units(id)).toEqual([4]);
  });

  it('are repeated when their connection is lost, with one effect each', async () => {
    const [id] = await shop.open(100);
    const end = async () => {
      const {
        rows: [{ pid }],
      } = await currentUnit().statement<{ pid: number }>('SELECT pg_backend_pid() AS pid', []);
      await database.query('SELECT pg_terminate_backend($1, 10000)', [pid]); // waits for its end
    };
    let ended = false;
    const once = () => (ended ? undefined : ((ended = true), end()));
    const results = await times(20, (i) => asRequest(() => shop.take(id, 1, i === 7 ? once : undefined)));
    expect(ended).toBe(true);
    expect(served(results)).toBe(20);
    expect(await units(id)).toEqual([80]);
  });

  it('find their answers by key after a COMMIT without an answer, and fail without a key', async () => {
    const [id] = await shop.open(100);
    const { query } = Client.prototype as unknown as { query: (...args: unknown[]) => Promise<unknown> };
    let commits = 0;
    const spy = jest.spyOn(Client.prototype as unknown as { query: typeof query }, 'query');
    spy.mockImplementation(async function (this: Client, ...args: unknown[]) {
      const result = await query.apply(this, args);
      // The second commit is that of the batch: its answer is lost.
      if (args[0] === 'COMMIT' && ++commits === 2) throw new Error('Connection terminated unexpectedly');
      return result;
    });
    const results = await times<unknown>(10, (i) => (i % 2 ? asRequest(() => shop.take(id, 1)) : shop.take(id, 1)));
    spy.mockRestore();
    expect(results.map(({ status }) => status)).toEqual(
      Array.from({ length: 10 }, (_, i) => (i % 2 || i === 0 ? 'fulfilled' : 'rejected')),
    );
    expect(await units(id)).toEqual([90]); // each was committed once
  });

  it('fail together, without halving, when there is no connection', async () => {
    const [id] = await shop.open(100);
    let tries = 0;
    const { connect } = Pool.prototype as unknown as { connect: (callback?: unknown) => unknown };
    const spy = jest.spyOn(Pool.prototype as unknown as { connect: typeof connect }, 'connect');
    spy.mockImplementation(async function (this: Pool, callback) {
      if (callback) return connect.call(this, callback); // the notification after an earlier commit
      tries++;
      await sleep(50);
      throw new Error('timeout exceeded when trying to connect');
    });
    const results = await times(20, () => shop.take(id, 1));
    spy.mockRestore();
    expect([served(results), tries]).toEqual([0, 2]); // the first call went alone
    expect(await units(id)).toEqual([100]);
  });

  it('are answered 503 when too many wait, or for too long', async () => {
    let open: () => void = () => undefined;
    shop.gate = new Promise((resolve) => (open = resolve));
    const first = shop.wait();
    const rest = times(1_001, () => shop.wait());
    await sleep(2_100);
    open();
    await first;
    const results = await rest;
    expect(served(results)).toBe(0);
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'service-unavailable' } });
    await expect(shop.wait()).resolves.toBeUndefined();
  });

  it('are all served before the process ends, also those that wait for their batch', async () => {
    const another = await start();
    const crowded = another.get(Shop);
    const [id] = await crowded.open(100);
    const results = times(50, (i) => crowded.take(id, 1, i === 0 ? () => sleep(200) : undefined));
    await another.close();
    expect(served(await results)).toBe(50);
    expect(await units(id)).toEqual([50]);
  });
});
