import { Test, type TestingModule } from '@nestjs/testing';
import { CatalogFilesModule } from '@holdfast/catalog-files';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { CategoryService } from '../../../libs/catalog/src/application/category.service';
import { readProducts } from '../../../libs/catalog-files/src/api/product-csv';
import {
  type ImportOptions,
  ProductImport,
  type RowResult,
} from '../../../libs/catalog-files/src/application/product-import.service';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';
import { expectInvariants } from '../../support/invariants';

const ADMIN = newId();
const LONG = 'x'.repeat(101);

/** With these categories: `Home > Lights`, `Straße`, `Été`, `A > B > C > D > E` and one named `2 > 1`. */
const PATHS: [path: string, expected: string, created: string[]][] = [
  ['Home', 'Home', []],
  ['Home > Lights', 'Home > Lights', []],
  ['home>LIGHTS', 'Home > Lights', []],
  ['  Home   >Lights ', 'Home > Lights', []],
  ['STRASSE', 'Straße', []],
  ['straße', 'Straße', []],
  ['E\u0301TE\u0301', 'Été', []],
  ['Ｈｏｍｅ > lights', 'Home > Lights', []],
  ['Ete', 'Ete', ['Ete']],
  ['Home > Rugs', 'Home > Rugs', ['Home > Rugs']],
  ['Home > Rugs > Small', 'Home > Rugs > Small', ['Home > Rugs', 'Home > Rugs > Small']],
  ['Lights', 'Lights', ['Lights']],
  ['Été > Sale', 'Été > Sale', ['Été > Sale']],
  ['A > B > C > D > E', 'A > B > C > D > E', []],
  ['A > B > C > D > E > F', 'category: category-too-deep', []],
  ['1 > 2 > 3 > 4 > 5 > 6', 'category: category-too-deep', []],
  ['2 > 1', '2 > 1', ['2', '2 > 1']],
  ['Home > ', 'category: category-unknown', []],
  ['> Home', 'category: category-unknown', []],
  ['Home >> Lights', 'category: category-unknown', []],
  [`Home > ${LONG}`, 'category: category-unknown', []],
  ['01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44', 'category: category-unknown', []],
];

describe('creating the categories that a file names', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let imports: ProductImport;

  let standing: string[];
  let ids: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    const platform = PlatformModule.forRoot(settings, databaseOptions(settings));
    module = await Test.createTestingModule({ imports: [platform, CatalogFilesModule] }).compile();
    imports = module.get(ProductImport);
    const categories = module.get(CategoryService);
    for (const names of [['Home', 'Lights'], ['Straße'], ['Été'], ['A', 'B', 'C', 'D', 'E'], ['2 > 1']]) {
      let parentId: string | null = null;
      for (const name of names) parentId = (await categories.create({ name, parentId })).id;
    }
    standing = await tree();
    ids = (await database.query<{ id: string }>('SELECT id FROM catalog.categories')).map(({ id }) => id);
  });
  afterEach(async () => {
    await expectInvariants(database);
    await database.query(
      'TRUNCATE catalog.products, catalog.product_texts, catalog.stock_movements, catalog.holds, platform.outbox',
    );
    await database.query('DELETE FROM catalog.categories WHERE id <> ALL($1)', [ids]);
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  async function run(csv: string, options: ImportOptions = { createCategories: true }): Promise<RowResult[]> {
    const results: RowResult[] = [];
    const rows = await readProducts(csv);
    const never = new AbortController().signal;
    for await (const some of imports.run(rows, ADMIN, never, { currency: 'GBP', ...options })) results.push(...some);
    return results;
  }

  /** All categories by their path, the oldest first. */
  const tree = async (): Promise<string[]> => {
    const rows = await database.query<{ path: string }>(
      `WITH RECURSIVE path (id, text) AS (
         SELECT id, name FROM catalog.categories WHERE parent_id IS NULL
         UNION ALL SELECT c.id, path.text || ' > ' || c.name FROM path JOIN catalog.categories c ON c.parent_id = path.id)
       SELECT text AS path FROM path ORDER BY id`,
    );
    return rows.map(({ path }) => path);
  };
  const created = async (): Promise<string[]> => (await tree()).slice(standing.length);
  const placeOf = async (sku: string): Promise<string | undefined> => {
    const [product] = await database.query<{ path: string }>(
      `WITH RECURSIVE up (id, parent_id, text) AS (
         SELECT c.id, c.parent_id, c.name FROM catalog.categories c JOIN catalog.products p ON p.category_id = c.id
         WHERE p.sku = $1
         UNION ALL SELECT c.id, c.parent_id, c.name || ' > ' || up.text FROM up JOIN catalog.categories c ON c.id = up.parent_id)
       SELECT text AS path FROM up WHERE parent_id IS NULL`,
      [sku],
    );
    return (product as { path: string } | undefined)?.path;
  };
  const outcomeOf = async ({ sku, errors }: RowResult) =>
    errors ? errors.map(({ column, code }) => `${column}: ${code}`).join(', ') : placeOf(sku);

  it.each(PATHS)('puts a product into %s', async (path, expected, added) => {
    const [result] = await run(`sku,name,price,category\nS,Thing,1,${path}`);
    expect([await outcomeOf(result), await created()]).toEqual([expected, added]);
  });

  it.each(PATHS.filter(([, , added]) => added.length))('creates nothing for %s without being asked', async (path) => {
    const [result] = await run(`sku,name,price,category\nS,Thing,1,${path}`, {});
    expect([await outcomeOf(result), await created()]).toEqual(['category: category-unknown', []]);
  });

  it('creates a category once for all rows of a file, and none for a row that is refused', async () => {
    const results = await run(
      [
        'sku,name,price,category',
        ...Array.from({ length: 450 }, (_, i) => `S${i},Thing,1,${i % 2 ? 'New > Ever' : 'NEW>EVER'}`),
        'R1,Thing,-1,Refused > Here',
        'R2,,1,Refused',
        'S1,Changed,2,Moved > There',
      ].join('\n'),
    );
    expect(results.filter(({ result }) => result === 'created')).toHaveLength(450);
    expect(results.slice(450).map(({ result }) => result)).toEqual(['refused', 'refused', 'changed']);
    expect((await created()).map((path) => path.toLowerCase())).toEqual([
      'new',
      'new > ever',
      'moved',
      'moved > there',
    ]);
    expect(await placeOf('S1')).toBe('Moved > There');
  });

  it('creates each category once when eight files name it at once', async () => {
    const paths = Array.from({ length: 30 }, (_, i) => `Top ${i % 5} > Middle ${i % 3} > Leaf ${i}`);
    const files = Array.from({ length: 8 }, (_, file) => {
      const lines = paths.map((path, i) => `F${file}-${i},Thing,1,${file % 2 ? path : path.toUpperCase()}`);
      return ['sku,name,price,category', ...(file % 3 ? lines : lines.reverse())].join('\n');
    });
    const results = (await Promise.all(files.map((file) => run(file)))).flat();
    expect(results.filter(({ result }) => result !== 'created')).toEqual([]);
    const added = (await created()).map((path) => path.toLowerCase());
    expect([added.length, new Set(added).size]).toEqual([5 + 15 + 30, 5 + 15 + 30]);
  });
});
