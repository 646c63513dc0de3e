import { setTimeout as sleep } from 'node:timers/promises';
import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule, CatalogueService } from '@holdfast/catalog';
import { type FeedResult, InventoryFeeds, InventoryQueries, InventorySyncModule } from '@holdfast/inventory-sync';
import { OrderCancellation, OrderingModule, OrderPlacement } from '@holdfast/ordering';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { databaseOptions } from '../../../ormconfig';
import { makeCustomers } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';
import { storm } from '../../support/storm';

const MINUTE_MS = 60_000;

/** Two modules, each with connections of its own, as two processes have them. */
describe('feeds of counted stock', () => {
  let database: TestDatabase;
  let modules: TestingModule[];
  let buyers: { id: string; role: 'customer' }[];
  const machine = newId();

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    const imports = [PlatformModule.forRoot(settings, databaseOptions(settings)), CatalogModule, OrderingModule];
    const open = () => Test.createTestingModule({ imports: [...imports, InventorySyncModule] }).compile();
    modules = [await open(), await open()];
    buyers = (await makeCustomers(database, 200)).map(({ id }) => ({ id, role: 'customer' }));
  });
  afterEach(() => expectInvariants(database, { moment: 'always' }));
  afterAll(async () => {
    for (const module of modules) await module.close();
    await database.drop();
  });

  const of = <T>(type: new (...args: never[]) => T, module = 0): T => modules[module].get<T>(type);

  /** The time of the database, and a moment in which nothing else happens. */
  const moment = async (): Promise<Date> => {
    await sleep(5);
    const [{ at }] = await database.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    await sleep(5);
    return at;
  };
  const aProduct = async (stock = 10) => {
    const details = { sku: `Sku-${newId()}`, name: 'Thing', price: { amount: '1.00', currency: 'GBP' }, stock };
    const { id, sku } = await of(CatalogueService).create(details, machine);
    const buy = (quantity: number, buyer = buyers[0], module = 0) =>
      of(OrderPlacement, module).place({ items: [{ productId: id, quantity }] }, buyer.id, buyer.role);
    const cancel = (orderId: string, buyer = buyers[0], module = 0) =>
      of(OrderCancellation, module).cancel(orderId, buyer);
    const adjust = (delta: number) => of(CatalogueService).adjustStock(id, { delta, reason: 'found' }, machine);
    const onHand = async () => {
      const sql = 'SELECT on_hand::int AS units FROM catalog.products WHERE id = $1';
      return (await database.query<{ units: number }>(sql, [id]))[0].units;
    };
    const ledger = () =>
      database.query<{ kind: string; delta: number; at: Date; reason: string; feed_id: string | null }>(
        'SELECT kind, delta::int, at, reason, feed_id FROM catalog.stock_movements WHERE product_id = $1 ORDER BY seq',
        [id],
      );
    return { id, sku, buy, cancel, adjust, onHand, ledger };
  };
  type Product = Awaited<ReturnType<typeof aProduct>>;

  const feed = (takenAt: Date, items: [sku: string, onHand: number][], source = 'erp', module = 0) =>
    of(InventoryFeeds, module).apply(
      { source, takenAt: takenAt.toISOString(), items: items.map(([sku, onHand]) => ({ sku, onHand })) },
      machine,
    );
  /** The one row of a feed of one count. */
  const count = async ({ sku }: Product, takenAt: Date, onHand: number, source?: string) =>
    (await feed(takenAt, [[sku, onHand]], source)).rows[0];
  const events = ({ id }: Product) =>
    database.query<{ payload: object }>(
      `SELECT payload FROM platform.outbox WHERE aggregate_id = $1 AND type = 'catalog.stock-adjusted'`,
      [id],
    );

  /** What happens to a product of 10 units, what a count then answers, and the units on hand in the end. */
  const CLAUSES: [clause: string, story: (product: Product) => Promise<unknown>, answer: object, onHand: number][] = [
    [
      'applies a count',
      async (product) => count(product, await moment(), 7),
      { result: 'applied', before: 10, after: 7 },
      7,
    ],
    [
      'finds a count unchanged',
      async (product) => count(product, await moment(), 10),
      { result: 'unchanged', before: 10, after: 10 },
      10,
    ],
    [
      'adds what was sold after the count',
      async (product) => {
        const takenAt = await moment();
        await product.buy(3);
        return count(product, takenAt, 8);
      },
      { result: 'applied', before: 7, after: 5 },
      5,
    ],
    [
      'adds what came back and was found after the count',
      async (product) => {
        const { id } = await product.buy(3);
        const takenAt = await moment();
        await product.cancel(id);
        await product.adjust(4);
        return count(product, takenAt, 6);
      },
      { result: 'applied', before: 14, after: 13 },
      13,
    ],
    [
      'does not add what was sold before the count',
      async (product) => {
        await product.buy(3);
        return count(product, await moment(), 7);
      },
      { result: 'unchanged', before: 7, after: 7 },
      7,
    ],
    [
      'has the movement at the instant of the count in it',
      async (product) => {
        await product.buy(3);
        return count(product, (await product.ledger()).at(-1)!.at, 7);
      },
      { result: 'unchanged', before: 7, after: 7 },
      7,
    ],
    [
      'adds the movement a millisecond after the count',
      async (product) => {
        await sleep(20);
        await product.buy(3);
        return count(product, new Date((await product.ledger()).at(-1)!.at.getTime() - 1), 9);
      },
      { result: 'applied', before: 7, after: 6 },
      6,
    ],
    [
      'leaves its own corrections out',
      async (product) => {
        const [first, second] = [await moment(), await moment()];
        await product.buy(1);
        await count(product, first, 8); // is applied after the second was taken
        return count(product, second, 8);
      },
      { result: 'unchanged', before: 7, after: 7 },
      7,
    ],
    [
      'leaves the corrections of another source out',
      async (product) => {
        const [first, second] = [await moment(), await moment()];
        await product.buy(1);
        await count(product, first, 2, 'warehouse');
        return count(product, second, 9);
      },
      { result: 'applied', before: 1, after: 8 },
      8,
    ],
    [
      'finds a count stale after a later one was applied',
      async (product) => {
        const [first, second] = [await moment(), await moment()];
        await count(product, second, 5);
        return count(product, first, 9);
      },
      { result: 'stale' },
      5,
    ],
    [
      'finds a count stale after a later one of another source was found unchanged',
      async (product) => {
        const [first, second] = [await moment(), await moment()];
        await count(product, second, 10, 'warehouse');
        return count(product, first, 9);
      },
      { result: 'stale' },
      10,
    ],
    [
      'applies a count of the same moment by another source',
      async (product) => {
        const takenAt = await moment();
        await count(product, takenAt, 5, 'warehouse');
        return count(product, takenAt, 6);
      },
      { result: 'applied', before: 5, after: 6 },
      6,
    ],
    [
      'finds a count stale that is older than the product',
      async (product) => {
        const [{ at }] = await database.query<{ at: Date }>(
          'SELECT created_at AS at FROM catalog.products WHERE id = $1',
          [product.id],
        );
        return count(product, new Date(at.getTime() - 1), 3);
      },
      { result: 'stale' },
      10,
    ],
    [
      'takes a count of the instant in which the product was made',
      async (product) => {
        const [{ at }] = await database.query<{ at: Date }>(
          'SELECT created_at AS at FROM catalog.products WHERE id = $1',
          [product.id],
        );
        return count(product, at, 3);
      },
      { result: 'applied', before: 10, after: 3 },
      3,
    ],
    [
      'refuses a count that would leave less than nothing',
      async (product) => {
        const takenAt = await moment();
        await product.buy(6);
        return count(product, takenAt, 4);
      },
      { result: 'below-zero', before: 4, missing: 2 },
      4,
    ],
    [
      'finds none stale after a refused count',
      async (product) => {
        const [first, second] = [await moment(), await moment()];
        await product.buy(6);
        expect(await count(product, second, 4)).toMatchObject({ result: 'below-zero' });
        return count(product, first, 9);
      },
      { result: 'applied', before: 4, after: 3 },
      3,
    ],
    [
      'counts no holds',
      async (product) => {
        await database.query(
          `INSERT INTO catalog.holds (product_id, owner_id, quantity, expires_at, renewable_until)
           VALUES ($1, $2, 3, now() + interval '1 minute', now() + interval '1 hour')`,
          [product.id, buyers[0].id],
        );
        return count(product, await moment(), 1);
      },
      { result: 'applied', before: 10, after: 1 },
      1,
    ],
    [
      'knows no retired product',
      async (product) => {
        await product.buy(1);
        await of(CatalogueService).remove(product.id);
        return count(product, await moment(), 3);
      },
      { result: 'unknown-sku' },
      9,
    ],
    [
      'finds the product by its SKU in any case',
      async (product) => count({ ...product, sku: product.sku.toUpperCase() }, await moment(), 7),
      { result: 'applied', before: 10, after: 7 },
      7,
    ],
    [
      'applies nothing of a SKU that is named twice, in any case',
      async ({ sku }) => {
        const { rows } = await feed(await moment(), [
          [sku, 3],
          [sku.toUpperCase(), 4],
        ]);
        expect(rows).toEqual([
          { sku, result: 'duplicate-sku' },
          { sku: sku.toUpperCase(), result: 'duplicate-sku' },
        ]);
        return rows[0];
      },
      { result: 'duplicate-sku' },
      10,
    ],
    [
      'takes a count up to 5 minutes ahead',
      async (product) => count(product, new Date(Date.now() + 5 * MINUTE_MS - 5_000), 7),
      { result: 'applied', before: 10, after: 7 },
      7,
    ],
  ];

  it.each(CLAUSES)('%s', async (_clause, story, answer, onHand) => {
    const product = await aProduct();
    const row = await story(product);
    expect({ ...(row as object), sku: undefined }).toEqual({ ...answer, sku: undefined });
    expect(await product.onHand()).toBe(onHand);
  });

  it('refuses a feed from more than 5 minutes ahead', async () => {
    const product = await aProduct();
    const ahead = count(product, new Date(Date.now() + 5 * MINUTE_MS + 5_000), 7);
    await expect(ahead).rejects.toMatchObject({ code: 'count-ahead', kind: 'invalid' });
    expect(await product.onHand()).toBe(10);
  });

  it('writes a correction into the ledger with its reason and its feed, and announces it', async () => {
    const product = await aProduct();
    const takenAt = await moment();
    const { id } = await feed(takenAt, [[product.sku, 7]]);
    const reason = `counted by erp at ${takenAt.toISOString()}`;
    expect((await product.ledger()).slice(1)).toEqual([
      { kind: 'inventory-count', delta: -3, at: expect.any(Date) as Date, reason, feed_id: id },
    ]);
    expect((await events(product)).map(({ payload }) => payload)).toMatchObject([
      { productId: product.id, delta: -3, onHand: 7, reason },
    ]);
  });

  it('changes nothing when a feed is repeated, whatever has happened since', async () => {
    const [a, b, c] = [await aProduct(), await aProduct(), await aProduct()];
    const takenAt = await moment();
    await b.buy(6);
    const counts: [string, number][] = [
      [a.sku, 7],
      [b.sku, 4],
      [c.sku, 10],
    ];
    const first = await feed(takenAt, counts);
    expect(first.rows.map(({ result }) => result)).toEqual(['applied', 'below-zero', 'unchanged']);
    await b.adjust(10);
    await a.buy(2);
    await count(c, takenAt, 3, 'warehouse');
    const before = await Promise.all([a, b, c].map((product) => product.ledger()));
    const again = await feed(takenAt, [...counts].reverse());
    expect(again).toMatchObject({ id: first.id, rows: [{ before: 3, after: 3 }, { before: 14 }, { before: 5 }] });
    expect(again.rows.map(({ result }) => result)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    expect(await Promise.all([a, b, c].map((product) => product.ledger()))).toEqual(before);
    const sql = 'SELECT count(*)::int AS n FROM inventory_sync.feeds WHERE id = $1';
    expect(await database.query(sql, [first.id])).toEqual([{ n: 1 }]);
  });

  it('goes on with a feed that broke off', async () => {
    const [a, b] = [await aProduct(), await aProduct()];
    const takenAt = await moment();
    const counts: [string, number][] = [
      [a.sku, 7],
      [b.sku, 8],
    ];
    const { id } = await feed(takenAt, counts);
    // As if the process had died between two transactions.
    await database.query('UPDATE inventory_sync.feeds SET results = NULL WHERE id = $1', [id]);
    await database.query('DELETE FROM inventory_sync.counts WHERE product_id = $1', [b.id]);
    await b.adjust(2);
    await database.query(`UPDATE catalog.stock_movements SET at = at - interval '1 hour' WHERE product_id = $1`, [
      b.id,
    ]);
    const again = await feed(takenAt, counts);
    expect(again).toEqual({
      id,
      rows: [
        { sku: a.sku, result: 'unchanged', before: 7, after: 7 },
        { sku: b.sku, result: 'applied', before: 10, after: 8 },
      ],
    });
    const [{ results }] = (await of(InventoryQueries).feeds({ limit: 1 })).items;
    expect(results).toEqual({ applied: 1, unchanged: 1 });
  });

  it('shows where the last count and what we had at its time differ', async () => {
    const source = newId();
    const [more, same, sold, refused] = [await aProduct(), await aProduct(), await aProduct(), await aProduct()];
    const takenAt = await moment();
    await sold.buy(4);
    await refused.buy(6);
    await feed(
      takenAt,
      [
        [more.sku, 12],
        [same.sku, 10],
        [sold.sku, 10],
        [refused.sku, 3],
      ],
      source,
    );
    const at = takenAt.toISOString();
    expect(await of(InventoryQueries).drift(source)).toEqual([
      { sku: refused.sku, source, takenAt: at, theirs: 3, ours: 10 },
      { sku: more.sku, source, takenAt: at, theirs: 12, ours: 10 },
    ]);
    await feed(await moment(), [[more.sku, 12]], source);
    await of(InventoryFeeds).forget(refused.id);
    expect(await of(InventoryQueries).drift(source)).toEqual([]);
    expect(await of(InventoryQueries).drift(newId())).toEqual([]);
    await count(same, await moment(), 11);
    expect((await of(InventoryQueries).drift(undefined)).map(({ sku }) => sku)).toContain(same.sku);
  });

  it('lists the feeds that came, the latest first, page by page', async () => {
    const product = await aProduct();
    const sent: FeedResult[] = [];
    for (const onHand of [7, 8]) sent.unshift(await feed(await moment(), [[product.sku, onHand]]));
    const first = await of(InventoryQueries).feeds({ limit: 1 });
    const second = await of(InventoryQueries).feeds({ limit: 1, cursor: first.nextCursor! });
    expect([...first.items, ...second.items]).toMatchObject(
      sent.map(({ id }) => ({ id, source: 'erp', sentBy: machine, items: 1, results: { applied: 1 } })),
    );
  });

  it('applies a feed once that comes twice at the same time', async () => {
    const products = await Promise.all(Array.from({ length: 10 }, () => aProduct()));
    const takenAt = await moment();
    const counts = products.map(({ sku }): [string, number] => [sku, 4]);
    const answers = await Promise.all([0, 1, 0, 1].map((module) => feed(takenAt, counts, 'erp', module)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    for (const product of products) expect((await product.ledger()).map(({ delta }) => delta)).toEqual([10, -6]);
    const applied = answers.flatMap(({ rows }) => rows).filter(({ result }) => result === 'applied');
    expect(applied).toHaveLength(10);
  });

  it('ends as a replay in the order of time, with 200 buyers and two sources at once', async () => {
    const products = await Promise.all(Array.from({ length: 6 }, () => aProduct(60)));
    const from = await moment();
    let trading = true;
    const sent: { takenAt: Date; items: [string, number][]; source: string; result: FeedResult }[] = [];
    let ticks = 0;
    const bySource = async (source: string, module: number) => {
      while (trading || ticks < 20) {
        // No two counts are of one moment; many come later than others that were taken after them.
        const takenAt = new Date(Math.max(from.getTime(), Date.now() - Math.random() * 400));
        takenAt.setTime(takenAt.getTime() - (takenAt.getTime() % 2) + module);
        if (sent.some((other) => other.takenAt.getTime() === takenAt.getTime())) continue;
        const items = products.map(({ sku }): [string, number] => [sku, Math.floor(Math.random() * 60)]);
        const one = { takenAt, items, source, result: { id: '', rows: [] } as FeedResult };
        sent.push(one);
        one.result = await feed(takenAt, items, source, module);
        ticks++;
      }
    };
    const trade = storm(
      buyers.flatMap((buyer, n) => [
        async () => {
          for (let round = 0; round < 3; round++) {
            const product = products[(n + round) % products.length];
            const order = await product.buy(1 + (n % 3), buyer, n % 2).catch(refusedForStock);
            if (order && (n + round) % 3) await product.cancel(order.id, buyer, (n + 1) % 2);
          }
        },
      ]),
      40,
    ).finally(() => (trading = false));
    await Promise.all([trade, bySource('erp', 0), bySource('warehouse', 1)]);

    const results = sent.flatMap(({ result }) => result.rows.map((row) => row.result));
    for (const result of ['applied', 'stale', 'below-zero']) expect(results).toContain(result);
    const replayed = await Promise.all(products.map((product) => replay(product, sent)));
    expect(await Promise.all(products.map((product) => product.onHand()))).toEqual(replayed);

    const before = await Promise.all(products.map((product) => product.ledger()));
    const again = await storm(
      sent.map(
        ({ takenAt, items, source }, n) =>
          () =>
            feed(takenAt, items, source, n % 2),
      ),
      8,
    );
    expect(again.flatMap(({ rows }) => rows).filter(({ result }) => result === 'applied')).toEqual([]);
    expect(await Promise.all(products.map((product) => product.ledger()))).toEqual(before);
    const times = before.map((ledger) => ledger.map(({ at }) => at.getTime()));
    expect(times).toEqual(times.map((each) => [...each].sort((a, b) => a - b)));
  });

  /** The units of the latest count that was accepted, and all that moved after it, in the order of time. */
  async function replay(
    { sku, ledger }: Product,
    sent: { takenAt: Date; items: [string, number][]; result: FeedResult }[],
  ): Promise<number> {
    const accepted = sent.filter(({ result }) =>
      result.rows.some((row) => row.sku === sku && ['applied', 'unchanged'].includes(row.result)),
    );
    const counted = accepted.map(({ takenAt, items }) => ({
      at: takenAt,
      set: items.find(([name]) => name === sku)![1],
    }));
    const moved = (await ledger()).filter(({ kind }) => kind !== 'inventory-count');
    // At one instant the movement comes first: it is in the count.
    const steps = [...moved, ...counted].sort((a, b) => a.at.getTime() - b.at.getTime() || ('set' in a ? 1 : -1));
    return steps.reduce((units, step) => ('set' in step ? step.set : units + step.delta), 0);
  }
});

const refusedForStock = (error: { code?: string }): undefined => {
  if (error.code !== 'insufficient-stock') throw error as unknown as Error;
};
