import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { AggregateRoot, DomainError, newId } from '@holdfast/shared-kernel';
import {
  column,
  currentUnit,
  loadSettings,
  mapAggregate,
  PlatformModule,
  Reads,
  runMigrations,
  UnitOfWork,
} from '@holdfast/platform';
import { connectionOptions } from '@holdfast/platform/persistence';
import { Client } from 'pg';
import { type DataSourceOptions, type MigrationInterface, type QueryRunner } from 'typeorm';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { queriesOf } from '../../support/queries';

/** An aggregate with a column of every kind that is mapped anywhere, and children of every kind. */
class Parcel extends AggregateRoot {
  readonly label!: string;
  readonly note!: string | null;
  /** Left out of locks. */
  readonly manual!: string;
  readonly weight!: number;
  readonly fragile!: boolean;
  readonly valueThousandths!: bigint;
  readonly sentAt!: Date | null;
  readonly items: ParcelItem[] = [];
  readonly scans: ParcelScan[] = [];
  claims: ParcelClaim[] = [];

  static of(label: string, id = newId()): Parcel {
    const at = new Date();
    const fields = {
      id,
      label,
      note: null,
      manual: `how to use ${label}`,
      weight: 1,
      fragile: false,
      valueThousandths: 100n,
      sentAt: null,
      updatedAt: at,
    };
    const parcel = Object.assign(new Parcel(), fields);
    parcel.items.push(Object.assign(new ParcelItem(), { parcelId: id, no: 1, content: `content of ${label}` }));
    parcel.record({ type: 'test.parcel-made', ...{ label } });
    return parcel;
  }

  weigh(weight: number): void {
    Object.assign(this, { weight });
    this.scans.push(Object.assign(new ParcelScan(), { id: newId(), parcelId: this.id, weight }));
    this.changed(new Date());
    this.record({ type: 'test.parcel-weighed', ...{ weight } });
  }
}
class ParcelItem {
  readonly parcelId!: string;
  readonly no!: number;
  readonly content!: string;
}
class ParcelScan {
  readonly id!: string;
  readonly parcelId!: string;
  readonly weight!: number;
}
class ParcelClaim {
  readonly parcelId!: string;
  readonly owner!: string;
  readonly until!: Date;

  static of(parcelId: string, owner: string, year: number): ParcelClaim {
    return Object.assign(new ParcelClaim(), { parcelId, owner, until: new Date(Date.UTC(year, 0)) });
  }
}

class LabelTaken extends DomainError {
  constructor() {
    super('label-taken', 'conflict', 'Label taken.');
  }
}

const entities = mapAggregate(Parcel, {
  table: 'parcels.parcels',
  columns: {
    id: column.id,
    label: column.text('label'),
    note: column.text('note', true),
    manual: { ...column.text('manual'), select: false },
    weight: column.integer('weight'),
    fragile: column.boolean('fragile'),
    valueThousandths: column.thousandths('value'),
    sentAt: column.timestamp('sent_at', true),
    version: column.integer('version'),
    updatedAt: column.timestamp('updated_at'),
  },
  children: [
    {
      property: 'items',
      target: ParcelItem,
      parentId: 'parcelId',
      loaded: true,
      table: 'parcels.items',
      columns: {
        parcelId: { ...column.uuid('parcel_id'), primary: true },
        no: { ...column.integer('no'), primary: true },
        content: column.text('content'),
      },
    },
    {
      property: 'scans',
      target: ParcelScan,
      parentId: 'parcelId',
      loaded: false,
      table: 'parcels.scans',
      columns: { id: column.id, parcelId: column.uuid('parcel_id'), weight: column.integer('weight') },
    },
    {
      property: 'claims',
      target: ParcelClaim,
      parentId: 'parcelId',
      loaded: false,
      swept: true,
      table: 'parcels.claims',
      columns: {
        parcelId: { ...column.uuid('parcel_id'), primary: true },
        owner: { ...column.text('owner'), primary: true },
        until: column.timestamp('until'),
      },
    },
  ],
  refusals: { parcels_label: () => new LabelTaken() },
});

class Parcels1700000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA parcels;
      CREATE TABLE parcels.parcels (id uuid PRIMARY KEY, label text CONSTRAINT parcels_label UNIQUE, note text, manual text NOT NULL,
        weight integer CHECK (weight >= 0), fragile boolean, value numeric(13,3), sent_at timestamptz, version integer, updated_at timestamptz);
      CREATE TABLE parcels.items (parcel_id uuid REFERENCES parcels.parcels, no integer, content text, PRIMARY KEY (parcel_id, no));
      CREATE TABLE parcels.scans (id uuid PRIMARY KEY, parcel_id uuid REFERENCES parcels.parcels, weight integer);
      CREATE TABLE parcels.claims (parcel_id uuid, owner text, until timestamptz, PRIMARY KEY (parcel_id, owner));`);
  }

  async down(): Promise<void> {
    // never called: the database is dropped with the suite
  }
}

@Injectable()
class PostOffice {
  leaked?: Promise<unknown>;
  runs = 0;

  @UnitOfWork()
  async make(...labels: string[]): Promise<string[]> {
    const parcels = labels.map((label) => Parcel.of(label));
    parcels.forEach((parcel) => currentUnit().add(parcel));
    return parcels.map(({ id }) => id);
  }

  @UnitOfWork()
  async weigh(id: string, weight: number): Promise<Parcel> {
    const parcel = (await currentUnit().lock(Parcel, id))!;
    parcel.weigh(weight);
    return parcel;
  }

  @UnitOfWork()
  async inUnit<T>(work: () => Promise<T>): Promise<T> {
    this.runs++;
    return work();
  }

  async withoutUnit(id: string): Promise<unknown> {
    return currentUnit().lock(Parcel, id);
  }
}

@Module({ providers: [PostOffice], exports: [PostOffice] })
class PostModule {}

describe('a unit of work', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let office: PostOffice;
  let options: DataSourceOptions;

  beforeAll(async () => {
    database = await createTestDatabase();
    options = {
      type: 'postgres',
      entities,
      migrations: [Parcels1700000000009],
      ...connectionOptions({ DATABASE_URL: database.url, DATABASE_POOL_SIZE: 8, LOCK_TIMEOUT: 3_000 }),
    };
    await runMigrations(options);
    const settings = loadSettings(testEnvironment(database.url));
    module = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, options), PostModule],
    }).compile();
    office = module.get(PostOffice);
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  const rows = (sql: string, ...parameters: unknown[]) => database.query(sql, parameters);

  it('writes a new aggregate, its children and its events without a call to save', async () => {
    const [id] = await office.make('one');
    expect(
      await rows('SELECT label, note, weight, fragile, value, version FROM parcels.parcels WHERE id = $1', id),
    ).toEqual([{ label: 'one', note: null, weight: 1, fragile: false, value: '0.100', version: 1 }]);
    expect(await rows('SELECT content FROM parcels.items WHERE parcel_id = $1', id)).toEqual([
      { content: 'content of one' },
    ]);
    expect(await rows('SELECT type, payload FROM platform.outbox WHERE aggregate_id = $1', id)).toEqual([
      { type: 'test.parcel-made', payload: { label: 'one' } },
    ]);
  });

  it('writes every changed column of every kind, and reads it back as it was', async () => {
    const [id] = await office.make('round trip');
    const values = {
      note: 'ünïcode "quoted" {braces}, comma \\ backslash',
      weight: 7,
      fragile: true,
      sentAt: new Date(1_700_000_000_123),
      valueThousandths: 9_999_999_999_990n,
    };
    await office.inUnit(async () => Object.assign((await currentUnit().lock(Parcel, id))!, values));
    const read = await office.inUnit(async () => currentUnit().lock(Parcel, id));
    expect(read).toMatchObject({ ...values, label: 'round trip' });
    await office.inUnit(async () =>
      Object.assign((await currentUnit().lock(Parcel, id))!, { note: null, sentAt: null }),
    );
    expect(await office.inUnit(async () => currentUnit().lock(Parcel, id))).toMatchObject({
      note: null,
      sentAt: null,
    });
  });

  it('reads a column that locks leave out for those who ask, and keeps it where nobody has', async () => {
    const [a, b] = await office.make('asked', 'not asked');
    const [first, second] = await office.inUnit(async () => {
      const [one, other] = [(await currentUnit().lock(Parcel, a))!, (await currentUnit().lock(Parcel, b))!];
      await currentUnit().complete(Parcel, [one]);
      const read = [one.manual, other.manual];
      Object.assign(one, { manual: 'new' });
      other.weigh(3);
      return read;
    });
    expect([first, second]).toEqual(['how to use asked', undefined]);
    const manuals = await rows('SELECT manual, weight FROM parcels.parcels WHERE id = ANY($1) ORDER BY label', [a, b]);
    expect(manuals).toEqual([
      { manual: 'new', weight: 1 },
      { manual: 'how to use not asked', weight: 3 },
    ]);
  });

  it('writes a changed child and adds to a collection that was not loaded', async () => {
    const [id] = await office.make('children');
    await office.weigh(id, 3);
    await office.weigh(id, 4);
    await office.inUnit(async () =>
      Object.assign((await currentUnit().lock(Parcel, id))!.items[0], { content: 'other' }),
    );
    expect(await rows('SELECT content FROM parcels.items WHERE parcel_id = $1', id)).toEqual([{ content: 'other' }]);
    expect(await rows('SELECT weight FROM parcels.scans WHERE parcel_id = $1 ORDER BY weight', id)).toEqual([
      { weight: 3 },
      { weight: 4 },
    ]);
    expect(await rows('SELECT version FROM parcels.parcels WHERE id = $1', id)).toEqual([{ version: 3 }]);
  });

  it('removes a child before another one takes its key', async () => {
    const [id] = await office.make('removed');
    const items = () => rows('SELECT no, content FROM parcels.items WHERE parcel_id = $1 ORDER BY no', id);
    const replace = (...contents: string[]) =>
      office.inUnit(async () => {
        const fresh = contents.map((content, i) => ({ parcelId: id, no: i + 1, content }));
        const made = fresh.map((item) => Object.assign(new ParcelItem(), item));
        Object.assign((await currentUnit().lock(Parcel, id))!, { items: made });
      });
    await replace('a', 'b');
    expect(await items()).toEqual([
      { no: 1, content: 'a' },
      { no: 2, content: 'b' },
    ]);
    await replace();
    expect(await items()).toEqual([]);
    await replace('c');
    const gone = office.inUnit(async () => {
      Object.assign((await currentUnit().lock(Parcel, id))!, { items: [] });
      await currentUnit().statement('DELETE FROM parcels.items WHERE parcel_id = $1', [id]);
    });
    await expect(gone).rejects.toThrow('1 of 1 removed rows were gone already');
  });

  it('writes swept children by key, whether or not they were removed meanwhile', async () => {
    const [id] = await office.make('claimed');
    const claims = () =>
      rows(
        'SELECT owner, extract(year FROM until)::int AS year FROM parcels.claims WHERE parcel_id = $1 ORDER BY owner',
        id,
      );
    const claim = (sweep: boolean, change: (known: ParcelClaim[]) => ParcelClaim[]) =>
      office.inUnit(async () => {
        const parcel = (await currentUnit().lock(Parcel, id))!;
        const known = [ParcelClaim.of(id, 'ann', 2001), ParcelClaim.of(id, 'bob', 2001)];
        currentUnit().adopt(parcel, known);
        if (sweep) await currentUnit().statement('DELETE FROM parcels.claims WHERE parcel_id = $1', [id]);
        parcel.claims = change(known);
      });
    const until = new Date(Date.UTC(2002, 0));
    await rows(`INSERT INTO parcels.claims VALUES ($1, 'ann', '2001-01-01Z'), ($1, 'bob', '2001-01-01Z')`, id);
    await claim(false, (known) => known);
    expect(await claims()).toEqual([
      { owner: 'ann', year: 2001 },
      { owner: 'bob', year: 2001 },
    ]);
    // One is changed, one taken out, one new; then the same once more after everything was swept.
    for (const swept of [false, true]) {
      await claim(swept, ([ann]) => [Object.assign(ann, { until }), ParcelClaim.of(id, 'eve', 2003)]);
      expect(await claims()).toEqual([
        { owner: 'ann', year: 2002 },
        { owner: 'eve', year: 2003 },
      ]);
    }
    await expect(office.inUnit(async () => currentUnit().adopt(Parcel.of('unknown'), []))).rejects.toThrow(
      'does not know the aggregate',
    );
  });

  it('finds its added aggregates before they are written', async () => {
    const [id] = await office.make('written');
    const added = await office.inUnit(async () => {
      await currentUnit().lock(Parcel, id);
      await office.make('added');
      return currentUnit().added(Parcel);
    });
    expect(added.map(({ label }) => label)).toEqual(['added']);
  });

  it('gives the same instance for the same row', async () => {
    const [id] = await office.make('identity');
    await office.inUnit(async () => {
      const first = await currentUnit().lock(Parcel, id);
      expect(await currentUnit().lock(Parcel, id)).toBe(first);
      expect(await office.weigh(id, 9)).toBe(first);
    });
  });

  it('leaves out missing aggregates and returns the rest in id order', async () => {
    const ids = await office.make('order 1', 'order 2', 'order 3');
    const asked = [ids[2], newId(), ids[0], ids[1], ids[0]];
    const found = await office.inUnit(async () => currentUnit().lockAll(Parcel, asked));
    expect(found.map(({ id }) => id)).toEqual([...ids].sort());
  });

  it('locks in id order, whatever the order of the request', async () => {
    const ids = (await office.make('locked 1', 'locked 2', 'locked 3')).sort();
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM parcels.parcels WHERE id = $1 FOR UPDATE', [ids[1]]);
    const locking = office.inUnit(async () => currentUnit().lockAll(Parcel, [ids[2], ids[0], ids[1]]));
    const isLocked = (id: string) =>
      rows('SELECT 1 FROM parcels.parcels WHERE id = $1 FOR UPDATE NOWAIT', id).then(
        () => false,
        () => true,
      );
    try {
      await eventually(async () => expect(await Promise.all(ids.map(isLocked))).toEqual([true, true, false]), 2_000);
    } finally {
      await holder.query('ROLLBACK');
      await holder.end();
    }
    expect((await locking).map(({ id }) => id)).toEqual(ids);
  });

  it('holds the row lock until it ends', async () => {
    const [id] = await office.make('locked');
    await office.inUnit(async () => {
      await currentUnit().lock(Parcel, id);
      await expect(rows('SELECT 1 FROM parcels.parcels WHERE id = $1 FOR UPDATE NOWAIT', id)).rejects.toMatchObject({
        code: '55P03',
      });
    });
    await expect(rows('SELECT 1 FROM parcels.parcels WHERE id = $1 FOR UPDATE NOWAIT', id)).resolves.toHaveLength(1);
  });

  it('leaves nothing behind when it fails', async () => {
    const before = await rows('SELECT count(*) FROM platform.outbox');
    const fails = office.inUnit(async () => {
      await office.make('failed');
      throw new Error('on purpose');
    });
    await expect(fails).rejects.toThrow('on purpose');
    expect(await rows(`SELECT 1 FROM parcels.parcels WHERE label = 'failed'`)).toEqual([]);
    expect(await rows('SELECT count(*) FROM platform.outbox')).toEqual(before);
  });

  it('fails as a whole after an inner failure, even when that is caught', async () => {
    const caught = office.inUnit(async () => {
      await office.make('inner failure');
      await office.inUnit(() => Promise.reject(new Error('inner'))).catch(() => undefined);
    });
    await expect(caught).rejects.toThrow('inner');
    expect(await rows(`SELECT 1 FROM parcels.parcels WHERE label = 'inner failure'`)).toEqual([]);
  });

  it('fails as a whole after a failed statement, even when that is caught', async () => {
    const caught = office.inUnit(async () => {
      await office.make('half');
      await currentUnit()
        .statement('SELECT 1 / 0', [])
        .catch(() => undefined);
    });
    await expect(caught).rejects.toMatchObject({ message: expect.stringContaining('division by zero') as string });
    expect(await rows(`SELECT 1 FROM parcels.parcels WHERE label = 'half'`)).toEqual([]);
  });

  it('turns a violated constraint into its domain error', async () => {
    await office.make('unique');
    await expect(office.make('unique')).rejects.toBeInstanceOf(LabelTaken);
  });

  it('fails closed: no repository works without a unit, and no read works inside one', async () => {
    await expect(office.withoutUnit(newId())).rejects.toThrow('No unit of work is open');
    await expect(office.inUnit(async () => module.get(Reads).query('SELECT 1'))).rejects.toThrow(
      'a read inside a unit of work',
    );
    await expect(new PostOffice().make('by hand')).rejects.toThrow('was not created by Nest');
  });

  it('refuses a promise that outlives it', async () => {
    const [id] = await office.make('outlived');
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    await office.inUnit(async () => {
      office.leaked = gate.then(() => office.weigh(id, 2));
    });
    release();
    await expect(office.leaked).rejects.toThrow('has ended');
  });

  it('runs again in a fresh transaction after a deadlock, and both sides succeed', async () => {
    const [a, b] = await office.make('deadlock a', 'deadlock b');
    office.runs = 0;
    let waiting = 0;
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const both = (first: string, second: string) =>
      office.inUnit(async () => {
        (await currentUnit().lock(Parcel, first))!.weigh(10);
        if (++waiting === 2) open();
        await gate;
        (await currentUnit().lock(Parcel, second))!.weigh(20);
      });
    await Promise.all([both(a, b), both(b, a)]);
    expect(office.runs).toBeGreaterThan(2);
    // Two successes, each with both of its changes: nothing of the run that lost has stayed.
    expect(await rows('SELECT count(*)::int AS n FROM parcels.scans WHERE parcel_id = ANY($1)', [a, b])).toEqual([
      { n: 4 },
    ]);
  });

  it('gives up after a bounded wait for a lock', async () => {
    const [id] = await office.make('waited for');
    const holder = new Client(database.url);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM parcels.parcels WHERE id = $1 FOR UPDATE', [id]);
    await expect(office.weigh(id, 2)).rejects.toMatchObject({ code: '55P03' });
    await holder.end();
  });

  it('writes any number of aggregates with the same number of statements', async () => {
    const one = await queriesOf(() => office.make('count 1'));
    const many = await queriesOf(() => office.make(...Array.from({ length: 200 }, (_, i) => `count many ${i}`)));
    expect(many).toHaveLength(one.length);
    expect(one.map((sql) => sql.trim().split(/\s+/).slice(0, 3).join(' '))).toEqual([
      'START TRANSACTION',
      'INSERT INTO parcels.parcels',
      'INSERT INTO parcels.items',
      'INSERT INTO platform.outbox',
      'COMMIT',
    ]);
  });

  it.each([
    ['on', true],
    ['off', false],
  ])('prepares its statements with PREPARED_STATEMENTS=%s: %s', async (setting, prepares) => {
    const settings = loadSettings({ ...testEnvironment(database.url), PREPARED_STATEMENTS: setting });
    const other = await Test.createTestingModule({
      imports: [PlatformModule.forRoot(settings, options), PostModule],
    }).compile();
    const names = await other.get(PostOffice).inUnit(async () => {
      const { statement } = currentUnit();
      return (await statement<{ name: string }>('SELECT name FROM pg_prepared_statements', [])).rows;
    });
    expect(names.length > 0).toBe(prepares);
    await other.close();
  });
});
