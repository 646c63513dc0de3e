import { Test, type TestingModule } from '@nestjs/testing';
import { BulkCatalogue, CatalogModule, CatalogueService } from '@holdfast/catalog';
import { loadSettings, PlatformModule } from '@holdfast/platform';
import { newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { CategoryService } from '../../../libs/catalog/src/application/category.service';
import { ProductQueries } from '../../../libs/catalog/src/application/product.queries';
import { Folding1700000000091 } from '../../../libs/catalog/src/infrastructure/1700000000091-folding.migration';
import { ProductTexts1700000000095 } from '../../../libs/catalog/src/infrastructure/1700000000095-product-texts.migration';
import { databaseOptions } from '../../../ormconfig';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { testEnvironment } from '../../support/environment';

const admin = { id: newId(), role: 'admin' as const };
const price = { amount: '1.00', currency: 'GBP' };

/** A text, and searches that find it. */
const FOUND: [text: string, ...searches: string[]][] = [
  ['Café', 'cafe', 'CAFE', 'café', 'CAFÉ', 'cafe\u0301', 'CAFE\u0301', 'af\u00e9'],
  ['CAFE\u0301 CRE\u0300ME', 'café crème', 'creme cafe', 'crème CAFÉ', 'rem'],
  ['Ångström', 'ångström', 'ÅNGSTRÖM', 'angstrom', 'A\u030angstro\u0308m', '\u212bngström'],
  ['Straße', 'STRASSE', 'strasse', 'STRAẞE', 'straße', 'raß'],
  ['STRASSE', 'straße', 'Straße'],
  ['İstanbul', 'istanbul', 'ISTANBUL', 'i\u0307stanbul', 'İSTANBUL'],
  ['ıhlamur', 'IHLAMUR', 'ihlamur', 'ıhlamur'],
  ['ſtill', 'still', 'STILL', 'ſtill'],
  ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς', 'οδυσσευσ', 'Οδυσσεύς', 'οδυ'],
  ['σοφός', 'ΣΟΦΌΣ', 'σοφος', 'ΣΟΦΟΣ'],
  ['ﬁne ﬂow', 'fine', 'FLOW', 'ﬂow fine'],
  ['Ａｂｃ１２３', 'abc123', 'ABC１２３', 'ａｂｃ'],
  ['ｱｲｽ', 'アイス', 'ｱｲｽ'],
  ['Ёлка зелёная', 'елка', 'ЁЛКА', 'зеленая ёлка', 'ЗЕЛЁНАЯ'],
  ['Їжак', 'ЇЖАК', 'їжак'],
  ['手机 保护壳', '手机', '保护壳 手机', '护壳', '机'],
  ['東京\u3000タワー', 'タワー 東京', '東京', '京'],
  ['한국어 사전', '한국어', '사전 한국', '국어'],
  ['Łódź Øre Đakovo', 'lodz', 'ØRE', 'ore', 'đakovo lodz'],
  ['Œuvre Æther', 'oeuvre', 'ŒUVRE', 'aether', 'ÆTHER'],
  ['Phở bò Ấm trà', 'pho bo', 'am tra', 'ẤM', 'PHỞ'],
  ['ǅemper', 'džemper', 'DZEMPER', 'ǆ'],
  ['soft\u00adware', 'software', 'soft\u00adware'],
  ['שָׁלוֹם', 'שלום'],
  ['مُحَمَّد', 'محمد'],
  ['Հայաստան', 'ՀԱՅԱՍՏԱՆ'],
  ['№ ½ ™', 'no', 'tm', '1⁄2'],
  ['50%_off\\now', '50%_off', '%_OFF\\now', '５０％'],
];

/** A text, and searches that do not find it. */
const NOT_FOUND: [text: string, ...searches: string[]][] = [
  ['ガ行', 'カ'],
  ['각도', '가'],
  ['дом', 'том', 'dom', 'домик'],
  ['手机', '机手', '手表'],
  ['plain', '%', '_', 'pl_in', 'pl%n', 'plain other'],
  ['one two', 'onetwo', 'one\u00b7two'],
];

/**
 * Blocks that every supported ICU knows, but for capitals of Latin Extended-D that came later. An iota below a Greek
 * letter is an accent here; its capital as a letter of its own is left out.
 */
const CASED: [name: string, first: number, last: number][] = [
  ['Latin-1 to IPA', 0x41, 0x2af],
  ['Greek', 0x370, 0x3ff],
  ['Cyrillic', 0x400, 0x52f],
  ['Armenian', 0x531, 0x587],
  ['Latin Extended Additional', 0x1e00, 0x1eff],
  ['Greek Extended', 0x1f00, 0x1fff],
  ['letter-like symbols and Roman numerals', 0x2100, 0x218f],
  ['circled letters', 0x24b6, 0x24e9],
  ['Glagolitic', 0x2c00, 0x2c2e],
  ['Coptic', 0x2c80, 0x2ce3],
  ['ligatures', 0xfb00, 0xfb17],
  ['full width', 0xff21, 0xff5a],
  ['Deseret', 0x10400, 0x1044f],
];

describe('folding, whatever the locale of the server', () => {
  let database: TestDatabase;
  let module: TestingModule;
  let catalogue: CatalogueService;
  let products: ProductQueries;

  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = loadSettings(testEnvironment(database.url));
    const imports = [PlatformModule.forRoot(settings, databaseOptions(settings)), CatalogModule];
    module = await Test.createTestingModule({ imports }).compile();
    catalogue = module.get(CatalogueService);
    products = module.get(ProductQueries);
  });
  afterAll(async () => {
    await module.close();
    await database.drop();
  });

  const create = (details: { name?: string; sku?: string; description?: string }) =>
    catalogue.create({ sku: newId(), name: 'Thing', price, stock: 1, ...details }, admin.id);
  const finds = async (q: string, id: string): Promise<boolean> => {
    const { items } = await products.list({ q, sort: 'name', limit: 100 });
    return items.some((item) => item.id === id);
  };

  it.each(FOUND)('finds %s', async (text, ...searches) => {
    const [named, described] = [await create({ name: text }), await create({ description: `x ${text}y` })];
    expect(named.name).toBe(text);
    for (const q of [text, ...searches])
      expect([q, await finds(q, named.id), await finds(q, described.id)]).toEqual([q, true, true]);
  });

  it.each(NOT_FOUND)('does not find %s by other words', async (text, ...searches) => {
    const product = await create({ name: text });
    expect(await finds(text, product.id)).toBe(true);
    for (const q of searches) expect([q, await finds(q, product.id)]).toEqual([q, false]);
  });

  it('takes a search without a word for none', async () => {
    const product = await create({ name: '\u0001first' });
    for (const q of ['', ' ', '\u3000', '\u0301', '\u200b']) expect([q, await finds(q, product.id)]).toEqual([q, true]);
  });

  it.each(CASED)('knows upper and lower case of %s', async (_name, first, last) => {
    const letters = Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).filter(
      (letter) => /^\p{L}|\p{N}|\p{So}$/u.test(letter),
    );
    const pairs = letters.flatMap((letter) =>
      [
        [letter, letter.toUpperCase()],
        [letter, letter.toLowerCase()],
        [letter, letter.normalize('NFC')],
        [letter, letter.normalize('NFD')],
        [letter, letter.normalize('NFKC')],
      ].filter(
        ([, other]) =>
          !/[\ua7ba-\ua7ff]/.test(other) && !(letter.normalize('NFD').includes('\u0345') && /Ι$/.test(other)),
      ),
    );
    const different = await database.query<{ a: string; b: string }>(
      `SELECT a, b FROM unnest($1::text[], $2::text[]) AS pair (a, b) WHERE catalog.fold(a) <> catalog.fold(b)`,
      [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
    );
    expect(pairs.length).toBeGreaterThan(50);
    expect(different).toEqual([]);
  });

  it('sorts names of any script without case and accents, page by page', async () => {
    const mark = newId();
    const names = [
      'Äpfel',
      'apfelmus',
      'Ärmel',
      'Ball',
      'École',
      'ecole 2',
      'Zebra',
      'Ωμέγα',
      'ωμέγα 2',
      'Яблоко',
      '手机',
    ];
    for (const name of [...names].reverse()) await create({ name, description: mark });
    for (const sort of ['name', '-name'] as const) {
      const seen: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await products.list({ q: mark, sort, limit: 2, cursor });
        seen.push(...page.items.map(({ name }) => name));
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(sort === 'name' ? names : [...names].reverse());
    }
  });

  it('takes SKUs that differ in case for one', async () => {
    const sku = `Abc-${newId()}`;
    const product = await create({ sku });
    const other = await create({});
    for (const twin of [sku, sku.toUpperCase(), sku.toLowerCase()]) {
      await expect(create({ sku: twin })).rejects.toMatchObject({ code: 'sku-taken' });
      await expect(catalogue.change(other.id, { sku: twin }, admin.id)).rejects.toMatchObject({ code: 'sku-taken' });
    }
    expect(await catalogue.change(product.id, { sku: sku.toUpperCase() }, admin.id)).toMatchObject({
      sku: sku.toUpperCase(),
    });
    await catalogue.remove(product.id);
    await create({ sku: sku.toLowerCase() });
  });

  it('finds products in bulk by their SKU in any case, and keeps it as it is', async () => {
    const bulk = module.get(BulkCatalogue);
    const product = await create({ sku: `Bulk-${newId()}` });
    const entry = (sku: string, name: string) => ({
      sku,
      categoryId: undefined,
      forNew: () => ({ command: { sku, name, price } }),
      forKnown: () => ({ command: { sku, name } }),
    });
    const added = `New-${newId()}`;
    const entries = [
      entry(product.sku.toUpperCase(), 'One'),
      entry(product.sku.toLowerCase(), 'Two'),
      entry(added, 'One'),
      entry(added.toUpperCase(), 'Two'),
    ];
    const results = await bulk.bring(entries, 'test', admin.id);
    expect(results.map(({ result }) => result)).toEqual(['changed', 'changed', 'created', 'changed']);
    expect(await products.get(product.id, admin)).toMatchObject({ sku: product.sku, name: 'Two' });
    const again = await bulk.bring(entries.slice(1, 2), 'test', admin.id);
    expect(again).toEqual([{ result: 'unchanged', productId: product.id }]);
    const exported: string[] = [];
    for await (const page of bulk.pages()) exported.push(...page.map(({ sku }) => sku.toLowerCase()));
    expect(exported).toEqual([...new Set(exported)].sort());
  });

  it('is not migrated to while SKUs differ in case only: these are named, and the migration can be repeated', async () => {
    const source = await new DataSource(databaseOptions(loadSettings(testEnvironment(database.url)))).initialize();
    const runner = source.createQueryRunner();
    const [migration, later] = [new Folding1700000000091(), new ProductTexts1700000000095()];
    await later.down(runner);
    await migration.down(runner);
    const [one] = [await create({ sku: 'Twin-1' }), await create({ sku: 'twin-1' })];
    await expect(migration.up(runner)).rejects.toThrow('Twin-1, twin-1');
    await runner.query(`UPDATE catalog.products SET sku = 'Twin-2' WHERE id = $1`, [one.id]);
    await migration.up(runner);
    for (const _time of ['first', 'again']) await later.up(runner);
    await runner.release();
    await source.destroy();
    await expect(create({ sku: 'TWIN-2' })).rejects.toMatchObject({ code: 'sku-taken' });
    expect(await finds('TWIN-2', one.id)).toBe(true);
  });

  it('takes names of sibling categories that differ in case or form for one, but not in accents', async () => {
    const categories = module.get(CategoryService);
    const top = await categories.create({ name: newId() });
    const at = (name: string) => categories.create({ name, parentId: top.id });
    for (const [name, ...twins] of [
      ['Été', 'ÉTÉ', 'E\u0301te\u0301', 'été'],
      ['Straße', 'STRASSE'],
      ['Ωμέγα', 'ΩΜΈΓΑ'],
      ['Ёлки', 'ЁЛКИ'],
      ['Ｂａｇｓ', 'bags'],
    ]) {
      await at(name);
      for (const twin of twins) await expect(at(twin)).rejects.toMatchObject({ code: 'category-name-taken' });
    }
    await at('Bar');
    await at('Bär');
  });
});
