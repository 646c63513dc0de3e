import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogModule } from '@holdfast/catalog';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { Client } from 'pg';
import { ProductQueries } from '../../../libs/catalog/src/application/product.queries';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';

const PRODUCTS = 30_000;
const SORTS = ['name', '-name', 'price', '-price', 'createdAt', '-createdAt'] as const;
const INDEX = { name: 'by_name', price: 'by_price', createdAt: 'by_creation' };
type Filter = Parameters<ProductQueries['list']>[0];

interface PlanNode {
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** What became of one statement: the indexes of products that it went by, and how many of their rows it looked at. */
interface Plan {
  indexes: string[];
  rows: number;
}

describe('browsing many products', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let products: ProductQueries;
  const [top, sub, rest] = [newId(), newId(), newId()];

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    const imports = [PlatformModule.forRoot(settings, databaseOptions(settings)), CatalogModule];
    module = await Test.createTestingModule({ imports }).compile();
    products = module.get(ProductQueries);
    await database.query(
      `INSERT INTO catalog.categories (id, parent_id, name, version, created_at, updated_at)
       SELECT id, parent_id, id, 1, now(), now() FROM unnest($1::uuid[], $2::uuid[]) AS c (id, parent_id)`,
      [
        [top, sub, rest],
        [null, top, null],
      ],
    );
    // Every third has a frequent word; each small category has one in a hundred. Neither follows the order of a sort.
    await database.query(
      `INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at,
         updated_at, category_id)
       SELECT gen_random_uuid(), 'SKU-' || n, md5(n::text) || CASE WHEN n % 3 = 0 THEN ' heart' ELSE '' END,
         CASE WHEN n = 17 THEN 'the only zebra' ELSE 'wood' END, (n * 7919 % 10000) / 100.0, 'GBP', 5, true, 1,
         timestamptz '2026-01-01' + (n * 3571 % ${PRODUCTS}) * interval '1 second', now(),
         CASE n % 100 WHEN 0 THEN $1::uuid WHEN 1 THEN $2 ELSE $3 END
       FROM generate_series(1, ${PRODUCTS}) n`,
      [top, sub, rest],
    );
    await database.query('ANALYZE catalog.products, catalog.product_texts');
  }, 120_000);
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  const list = (filter: Partial<Filter>) => products.list({ sort: 'name', limit: 20, ...filter });

  /** Of the last statement that this list takes. */
  async function planOf(filter: Partial<Filter>): Promise<Plan> {
    const spy = jest.spyOn(Client.prototype, 'query');
    await list(filter);
    const [{ text, values }] = spy.mock.calls.at(-1) as unknown as [{ text: string; values: unknown[] }];
    spy.mockRestore();
    expect(text).not.toMatch(/count\(|offset [^0]/i);
    const [{ 'QUERY PLAN': plan }] = await database.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
      values,
    );
    const found: Plan = { indexes: [], rows: 0 };
    const visit = (node: PlanNode): void => {
      if (/^products_by|^products_of|_trigrams$/.test(node['Index Name'] ?? ''))
        found.indexes.push(node['Index Name']!);
      if (node['Relation Name'] === 'products')
        found.rows += (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
      for (const child of node.Plans ?? []) visit(child);
    };
    visit(plan[0].Plan);
    return found;
  }

  const deepIn = async (filter: Partial<Filter>): Promise<string> => {
    let { nextCursor } = await list({ ...filter, limit: 100 });
    for (let i = 0; i < 3; i++) ({ nextCursor } = await list({ ...filter, limit: 100, cursor: nextCursor! }));
    return nextCursor!;
  };

  it.each(SORTS)('walks by %s along an index, first pages and deep ones, with and without a category', async (sort) => {
    const index = INDEX[sort.replace('-', '') as keyof typeof INDEX];
    for (const cursor of [undefined, await deepIn({ sort })]) {
      const all = await planOf({ sort, cursor });
      expect([all.indexes, all.rows]).toEqual([[`products_${index}`], 21]);
    }
    for (const cursor of [undefined, await deepIn({ sort, category: rest })]) {
      const large = await planOf({ sort, category: rest, cursor });
      expect([large.indexes, large.rows]).toEqual([[`products_of_category_${index}`], 21]);
    }
    const subtree = await planOf({ sort, category: top });
    expect([subtree.indexes, subtree.rows]).toEqual([[`products_of_category_${index}`], 42]);
  });

  it.each(SORTS)('by %s reads few products besides those in a range of prices', async (sort) => {
    for (const category of [undefined, rest, top]) {
      const wide = await planOf({ sort, category, minPrice: '20', maxPrice: '60' });
      expect([category, wide.rows < 250]).toEqual([category, true]);
      // 60 of 30,000, or those of them that are in the category.
      const narrow = await planOf({ sort, category, minPrice: '20.00', maxPrice: '20.19' });
      expect([category, narrow.rows <= 60]).toEqual([category, true]);
    }
  });

  it('finds a rare text by its index, in whatever sort and category', async () => {
    for (const sort of SORTS)
      for (const category of [undefined, rest]) {
        const { indexes, rows } = await planOf({ sort, category, q: 'ZEBRA' });
        // By price and by creation, the match's product is looked up to sort it.
        expect([sort, indexes, rows <= 2]).toEqual([sort, ['product_texts_trigrams'], true]);
      }
    expect((await planOf({ q: 'nowhere' })).rows).toBe(0);
  });

  it('finds a frequent text along the sort', async () => {
    for (const sort of SORTS) {
      const { indexes, rows } = await planOf({ sort, q: 'heart' });
      expect([sort, indexes]).toEqual([sort, [`products_${INDEX[sort.replace('-', '') as keyof typeof INDEX]}`]]);
      expect(rows).toBeLessThanOrEqual(200);
    }
  });

  it('finds by its index a frequent text that comes late in the sort, page by page', async () => {
    const last = await database.query<{ id: string }>(
      `INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at,
         updated_at)
       SELECT gen_random_uuid(), 'LATE-' || n, 'Яблоко ' || n, '', 1000 + n, 'GBP', 5, true, 1,
         timestamptz '2027-01-01' + n * interval '1 second', now()
       FROM generate_series(1001, 1400) n RETURNING id`,
    );
    const ids = last.map(({ id }) => id);
    // One that is not in stock, one that is not on sale, and one that nobody can find.
    await database.query('UPDATE catalog.products SET on_hand = 0 WHERE id = $1', [ids[30]]);
    await database.query('UPDATE catalog.products SET active = false WHERE id = $1', [ids[60]]);
    await database.query('UPDATE catalog.products SET retired_at = now() WHERE id = $1', [ids[90]]);
    const found = ids.filter((_, index) => ![30, 60, 90].includes(index));
    for (const knownToPlanner of [false, true]) {
      if (knownToPlanner) await database.query('ANALYZE catalog.products, catalog.product_texts');
      for (const sort of ['name', 'price', 'createdAt'] as const) {
        const { indexes, rows } = await planOf({ sort, q: 'ябло' });
        expect([sort, indexes]).toEqual([sort, ['product_texts_trigrams']]);
        // By price and by creation, each match's product is looked up to sort it.
        expect(rows).toBeLessThanOrEqual(sort === 'name' ? 21 : 421);
      }
    }
    for (const sort of SORTS) {
      const seen: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await list({ sort, q: 'ябло', limit: 70, cursor });
        seen.push(...page.items.map(({ id }) => id));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      expect([sort, seen]).toEqual([sort, sort.startsWith('-') ? [...found].reverse() : found]);
    }
    expect(await list({ q: 'ябло', minPrice: '2040', maxPrice: '2041' })).toMatchObject({
      items: [{ id: ids[39] }, { id: ids[40] }],
      nextCursor: null,
    });
    await database.query('DELETE FROM catalog.products WHERE id = ANY($1)', [ids]);
    const left = await database.query('SELECT FROM catalog.product_texts WHERE product_id = ANY($1)', [ids]);
    expect(left).toHaveLength(0);
  });

  it.each(['name', 'sku', 'description'])('keeps the text when SQL changes the %s', async (column) => {
    const finds = async (q: string) => (await list({ q })).items.map(({ id }) => id);
    const [{ id }] = await database.query<{ id: string }>('SELECT id FROM catalog.products ORDER BY id LIMIT 1');
    await database.query(`UPDATE catalog.products SET ${column} = 'Éclair 1' WHERE id = $1`, [id]);
    expect([await finds('eclair'), await finds('ganache')]).toEqual([[id], []]);
    await database.query(`UPDATE catalog.products SET ${column} = 'Ganache 2' WHERE id = $1`, [id]);
    expect([await finds('eclair'), await finds('ganache')]).toEqual([[], [id]]);
    await database.query(`UPDATE catalog.products SET ${column} = $2 WHERE id = $1`, [id, newId()]);
  });

  it('writes no text and no change of the catalogue for an order', async () => {
    const triggersOf = async (change: string) => {
      const [{ 'QUERY PLAN': plan }] = await database.query<{
        'QUERY PLAN': { Triggers: { 'Trigger Name': string }[] }[];
      }>(`EXPLAIN (ANALYZE, FORMAT JSON) UPDATE catalog.products SET ${change} WHERE sku = 'SKU-2'`);
      return plan[0].Triggers.map((trigger) => trigger['Trigger Name']);
    };
    expect(await triggersOf('on_hand = on_hand - 1, version = version + 1, updated_at = now()')).toEqual([]);
    expect(await triggersOf(`name = name || ' new'`)).toEqual(['products_keep_texts', 'products_mark_changes']);
  });

  it('looks through 10,000 products at a time for a text that is too short for an index', async () => {
    // PostgreSQL 15 numbers one row ahead.
    expect([10_000, 10_001]).toContain((await planOf({ q: 'qx' })).rows);
    const found: number[] = [];
    for (let cursor: string | undefined; found.length < 9;) {
      const { items, nextCursor } = await list({ q: 'qx', cursor });
      found.push(items.length);
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    expect(found).toEqual([0, 0, 0, 0]);
    // One near the end, and the first that is looked at no more.
    const [last] = await database.query<{ id: string; sku: string }>(
      `UPDATE catalog.products SET description = 'a Qx' WHERE id =
         (SELECT id FROM catalog.products ORDER BY catalog.fold(name), id OFFSET 9999 LIMIT 1) RETURNING id, sku`,
    );
    const first = await list({ q: 'qx' });
    expect([first.items.map(({ id }) => id), first.nextCursor]).toEqual([[last.id], expect.any(String)]);
    const second = await list({ q: 'qx', cursor: first.nextCursor! });
    expect([second.items, second.nextCursor]).toEqual([[], expect.any(String)]);
  });

  it.each([
    ['Greek', 0x3b1, 25, 9, 'ΣΠΆΝΙΟΣ', 'σπάνιος', 'ΆΝΙΟΣ'],
    ['Cyrillic', 0x430, 32, 9, 'РЕДКИЙ', 'редкий', 'едки'],
    ['Chinese', 0x4e00, 5_000, 4, '珍稀品', '珍稀品', '稀品'],
    ['Korean', 0xac00, 5_000, 4, '희귀품', '희귀품', '귀품'],
    ['Latin with accents', 0xe0, 23, 9, 'Zébré Œuf', 'ŒUF zebre', 'ébré'],
  ])('finds a rare %s word by its index', async (script, first, size, length, name, ...searches) => {
    await database.query(
      `INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at,
         updated_at)
       SELECT gen_random_uuid(), $1 || n, (
           SELECT string_agg(chr($2 + ('x' || substr(md5(n || $1), 1 + 3 * i, 3))::bit(12)::int % $3::int), '')
           FROM generate_series(1, $4::int) i),
         CASE WHEN n = 1 THEN $5 ELSE '' END, 1, 'GBP', 5, true, 1, now(), now()
       FROM generate_series(1, 3000) n`,
      [script, first, size, length, name],
    );
    await database.query('ANALYZE catalog.products, catalog.product_texts');
    for (const q of searches) {
      const { indexes, rows } = await planOf({ q });
      const { items } = await list({ q });
      expect([q, indexes, items.map(({ description }) => description)]).toEqual([
        q,
        ['product_texts_trigrams'],
        [name],
      ]);
      expect(rows).toBeLessThan(50);
    }
  });

  it('has in no index what an order changes', async () => {
    const indexed = await database.query<{ definition: string }>(
      `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = 'catalog.products'::regclass`,
    );
    expect(indexed.length).toBeGreaterThan(8);
    for (const { definition } of indexed) expect(definition).not.toMatch(/on_hand|version|updated_at/);
  });
});
