import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api, type Json } from '../../support/api';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectInvariants } from '../../support/invariants';
import { Shop } from '../../support/shop';

const CSV = 'text/csv';
const MIB = 1024 * 1024;
const MARK = '\uFEFF';
const HEADER = 'sku,name,price,stock';
const CUP = 'C,Cup,2.50,7';
const LIST = `${HEADER}\n${CUP}\n`;
/** Row 2 of a file that reads as {@link LIST} does. */
const AS_LIST = ['2 C created: Cup 2.50 7'];

const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const rows = (sku: string, count: number) => Array.from({ length: count }, (_, i) => `${i + 2} ${sku}${i + 1} created`);

interface OtherShop {
  file: string;
  type: string;
  map: string[];
  options: string;
  /** Some of the 24 products, as `sku: name, price, stock, category, on sale or not`. */
  some: string[];
  categories: string[];
}

const OTHER_SHOPS: OtherShop[] = [
  {
    ...{ file: 'woocommerce.csv', type: CSV, options: '&currency=GBP' },
    map: ['Regular price:price', 'Published:active', 'Categories:categories'],
    some: [
      'Woo-beanie-logo: Beanie with Logo, 18.00, 5, Clothing > Accessories, off',
      'woo-belt: Belt, 65.00, 0, Clothing > Accessories, on',
      'woo-cap: Cap, 18.50, 0, Clothing > Accessories, on',
      'woo-hoodie-blue-yes: Hoodie - Blue, Yes, 45.00, 9, Clothing > Hoodies, on',
      'woo-mug-s: Mug “Été” - S, 9.00, 9, Décor, on',
      'woo-polo: Polo, 20.00, 18, Clothing > Tshirts, off',
      'woo-single: Single, 3.00, 0, Music, on',
      'wp-pennant: WordPress Pennant, 11.05, 0, Decor, on',
    ],
    categories: [
      'Clothing',
      'Clothing > Accessories',
      'Clothing > Hoodies',
      'Clothing > Tshirts',
      'Decor',
      'Décor',
      'Music',
    ],
  },
  {
    ...{ file: 'shopify.csv', type: `${CSV}; charset=utf-8`, options: '&currency=USD' },
    map: [
      ...['Handle:group', 'Title:name', 'Body (HTML):description', 'Type:category', 'Status:active'],
      ...['Variant SKU:sku', 'Variant Price:price', 'Variant Inventory Qty:stock'],
    ],
    some: [
      'SH-001: Ayres Chambray, 99.99, 1, Shirts, on',
      'SH-004: Ayres Chambray, 109.99, 4, Shirts, on',
      'SH-008: Red Sports Tee, "Club", 50.00, 8, Shirts, on',
      'SH-009: Whitney Pullover, 129.99, 9, Sweaters, off',
      'SH-014: Whitney Pullover, 139.99, 14, Sweaters, off',
      'SH-024: Kerze „Hafen“, 16.90, 24, Lights, on',
    ],
    categories: ['Bags', 'Furniture', 'Lights', 'Outerwear', 'Shirts', 'Sweaters'],
  },
  {
    ...{ file: 'excel-german.csv', type: `${CSV}; charset=windows-1252`, options: '' },
    map: [
      ...['Artikelnummer:sku', 'Bezeichnung:name', 'Beschreibung:description', 'Warengruppe:category'],
      ...['Preis:price', 'Währung:currency', 'Bestand:stock', 'Aktiv:active'],
    ],
    some: [
      'E-01: Käse, 200 g, 1299.90, 0, Lebensmittel > Frisches, off',
      'E-02: Öl, 4.50, 3, Lebensmittel > Süßes, on',
      'E-06: Gewürz – scharf, 1234.50, 15, Lebensmittel > Süßes, off',
      'E-11: Kaffee €xtra, 11.90, 30, Lebensmittel > Frisches, off',
      'E-24: Essig, 1050.00, 69, Lebensmittel > Süßes, on',
    ],
    categories: ['Lebensmittel', 'Lebensmittel > Frisches', 'Lebensmittel > Süßes'],
  },
];

/**
 * Odd files, and what is to be read from them: `row sku result: name price stock` or the codes against the row, and for
 * a file that is refused as a whole `status code`, with the codes of `errors`.
 */
const ODD_FILES: [name: string, file: string | Buffer, expected: string[], type?: string][] = [
  ['a byte order mark', MARK + LIST, AS_LIST],
  ['a byte order mark before a quoted name', `${MARK}"sku","name","price","stock"\n${CUP}`, AS_LIST],
  ['UTF-16 LE with a mark', utf16le(MARK + LIST), AS_LIST],
  ['UTF-16 BE with a mark', utf16be(MARK + LIST), AS_LIST],
  ['UTF-16 that the charset names', utf16le(LIST), AS_LIST, `${CSV}; charset=utf-16le`],
  ['UTF-16 and tabs, as Excel writes Unicode text', utf16le(MARK + LIST.replaceAll(',', '\t')), AS_LIST],
  ['half a UTF-16 character', utf16le(MARK + LIST).subarray(0, -1), ['400 malformed-body']],
  [
    'windows-1252',
    latin1('sku;name;price\nC;Caf\xe9 \x80;1'),
    ['2 C created: Café € 1.00 0'],
    `${CSV}; charset=windows-1252`,
  ],
  ['windows-1252 that claims nothing', latin1('sku,name,price\nC,Caf\xe9,1'), ['400 malformed-body']],
  ['CRLF', LIST.replaceAll('\n', '\r\n'), AS_LIST],
  ['CR', LIST.replaceAll('\n', '\r'), AS_LIST],
  [
    'mixed line ends',
    `${HEADER}\r${CUP}\r\nD,Dish,1,1\nE,Egg,1,1`,
    ['2 C created: Cup 2.50 7', '3 D created: Dish 1.00 1', '4 E created: Egg 1.00 1'],
  ],
  ['blank lines before, between and after', `\n\r\n   \n${HEADER}\n\n${CUP}\n\n \n`, ['6 C created: Cup 2.50 7']],
  ['rows of separators before the header', `,,,\n${LIST}`, ['3 C created: Cup 2.50 7']],
  ['10,000 blank lines before the header', '\n'.repeat(10_000) + LIST, ['10002 C created: Cup 2.50 7']],
  ['trailing delimiters', `${HEADER},,\n${CUP},,\n`, AS_LIST],
  [
    'trailing delimiters in some rows',
    `${HEADER}\n${CUP},\nD,Dish,1,1,,,\n`,
    ['2 C created: Cup 2.50 7', '3 D created: Dish 1.00 1'],
  ],
  ['names in capitals, with blanks', `SKU, Name ,PRICE,"Stock "\n${CUP}`, AS_LIST],
  ['a name twice in another case', `sku,name,NAME\nC,Cup,Cup`, ['400 validation-failed duplicate-column']],
  [
    'the same name twice, and an unknown one',
    `sku,sku,colour\nC,C,red`,
    ['400 validation-failed duplicate-column unknown-column'],
  ],
  ['quotes within quotes', `${HEADER}\nC,"""Cup"" is ""it""",2.50,7`, ['2 C created: "Cup" is "it" 2.50 7']],
  [
    'separators and line ends within quotes',
    `sku;name;price\r\nC;"Cup; a,\tb\r\nc";1`,
    ['2 C created: Cup; a,\tb\r\nc 1.00 0'],
  ],
  ['an empty quoted cell', `${HEADER}\nC,"Cup","2.50",""`, ['2 C created: Cup 2.50 0']],
  ['a quote in the middle of a cell', `${HEADER}\nC,5" nail,2.50,7`, ['400 malformed-body']],
  ['text after a closing quote', `${HEADER}\nC,"Cup" x,2.50,7`, ['400 malformed-body']],
  ['a quote that is never closed', `${HEADER}\nC,"Cup,2.50,7\nD,Dish,1,1`, ['400 malformed-body']],
  ['NUL in a cell', `${HEADER}\nC,C\0up,2.50,7`, ['400 malformed-body']],
  ['NUL in the header', `sku,na\0me,price\nC,Cup,2.50`, ['400 malformed-body']],
  ['a huge header cell', `sku,${'n'.repeat(9 * MIB)}\nC,Cup`, ['400 malformed-body']],
  ['a huge header cell after sep=', `sep=,\nsku,${'n'.repeat(9 * MIB)}\nC,Cup`, ['400 malformed-body']],
  [
    'a header cell that is just not too long',
    `sku,${'n'.repeat(32_000)}\nC,Cup`,
    ['400 validation-failed unknown-column'],
  ],
  ['10,000 header cells', `sku${',x'.repeat(9_999)}\nC`, ['400 malformed-body']],
  ['10,000 header cells after sep=', `sep=,\nsku${',x'.repeat(9_999)}\nC`, ['400 malformed-body']],
  ['4,000,000 empty header cells', `sku${','.repeat(4_000_000)}\nC`, ['400 malformed-body']],
  ['500 header cells without a name', `${HEADER}${','.repeat(496)}\n${CUP}${','.repeat(496)}`, AS_LIST],
  ['a row of 1,000,000 empty cells', `${HEADER}\n${CUP}${','.repeat(1_000_000)}`, AS_LIST],
  ['9 MB of blank lines', `${HEADER}\n${CUP}${'\n'.repeat(9 * MIB)}`, AS_LIST],
  ['9 MB of line ends and no header', '\n'.repeat(9 * MIB), ['400 malformed-body']],
  ['nothing', '', ['400 validation-failed missing-column']],
  ['blanks only', ' \n\t\n', ['400 validation-failed missing-column']],
  ['a header only', HEADER, []],
  ['one column', 'sku\nC', ['2 C refused: name missing, price missing']],
  [
    'the header again as a row',
    `${LIST}${HEADER}\n`,
    ['2 C created: Cup 2.50 7', '3 sku refused: price matches, stock is-int, stock max, stock min'],
  ],
  [
    'sep= in capitals, after a mark',
    `${MARK}SEP=;\r\nsku;name;price;stock\r\nC;Cup;2,50;7`,
    ['3 C created: Cup 2.50 7'],
  ],
  ['tabs, and commas in cells', 'sku\tname\tprice\nC\tCup, blue\t2,50', ['2 C created: Cup, blue 2.50 0']],
  ['a formula, which stays text', `${HEADER}\nC,=1+1,2.50,7`, ['2 C created: =1+1 2.50 7']],
  ['JSON', '{"sku": "C", "name": "Cup"}', ['400 malformed-body']],
  ['a web page', '<!doctype html>\n<p>Not found', ['400 validation-failed unknown-column missing-column']],
  ['a spreadsheet as it is stored', Buffer.from('504b0304140006000800', 'hex'), ['400 malformed-body']],
  [
    '1,000 rows',
    `sku,name,price\n${Array.from({ length: 1_000 }, (_, i) => `C${i + 1},Cup,1`).join('\n')}`,
    rows('C', 1_000).map((row) => `${row}: Cup 1.00 0`),
  ],
];

describe('files of other programs', () => {
  let database: TestDatabase;
  let api: Api;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    api = await Api.start(database);
    shop = await Shop.open(api, database);
  });
  afterEach(async () => {
    await database.query(
      'TRUNCATE catalog.products, catalog.stock_movements, catalog.holds, catalog.categories, platform.outbox CASCADE',
    );
  });
  afterAll(async () => {
    await api.stop();
    await database.drop();
  });

  async function imported(file: string | Buffer, type: string, query: string): Promise<{ status: number; body: Json }> {
    const answer = await fetch(`${api.url}/v1/products/import?${query}`, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Bearer ${shop.admin.token}` },
      body: new Uint8Array(Buffer.from(file)),
    });
    return { status: answer.status, body: await answer.json() };
  }

  const products = async (): Promise<Json[]> =>
    database.query(
      `WITH RECURSIVE path (id, text) AS (
         SELECT id, name FROM catalog.categories WHERE parent_id IS NULL
         UNION ALL SELECT c.id, path.text || ' > ' || c.name FROM path JOIN catalog.categories c ON c.parent_id = path.id)
       SELECT sku, p.name, price::numeric(13, 2)::text AS price, on_hand::text AS stock, path.text AS category, active
       FROM catalog.products p LEFT JOIN path ON path.id = p.category_id ORDER BY sku COLLATE "C"`,
    );

  it.each(OTHER_SHOPS)(
    'reads 24 of the 24 products of $file',
    async ({ file, type, map, options, some, categories }) => {
      const content = readFileSync(join(__dirname, '../../support/files', file));
      const query = map.map((pair) => `map=${encodeURIComponent(pair)}`).join('&');
      const { status, body } = await imported(content, type, `${query}&createCategories=true${options}`);
      const refused = (body.rows as Json[] | undefined)?.filter(({ errors }) => errors);
      expect([status, refused, body.created]).toEqual([200, [], 24]);
      const described = (await products()).map(
        ({ sku, name, price, stock, category, active }) =>
          `${sku}: ${name}, ${price}, ${stock}, ${category}, ${active ? 'on' : 'off'}`,
      );
      expect(described).toEqual(expect.arrayContaining(some));
      expect([...new Set((await products()).map(({ category }) => category as string))].sort()).toEqual(
        categories.filter((path) => !categories.some((other) => other.startsWith(`${path} >`))),
      );
      const [{ count }] = await database.query('SELECT count(*)::int FROM catalog.categories');
      expect(count).toBe(categories.length);
      await expectInvariants(database);
      // A second import finds everything as it is.
      const again = await imported(content, type, `${query}&createCategories=true${options}`);
      expect([again.body.unchanged, again.body.changed]).toEqual([24, 0]);
    },
  );

  it.each(ODD_FILES)('answers to %s', async (_name, file, expected, type = CSV) => {
    const began = Date.now();
    const { status, body } = await imported(file, type, 'currency=GBP');
    const bySku = new Map((await products()).map((product) => [product.sku as string, product]));
    const columnAndCode = ({ column, code }: Json) => [column, code].filter(Boolean).join(' ');
    const described =
      status === 200
        ? (body.rows as Json[]).map(({ row, sku, result, errors }) => {
            const { name, price, stock } = bySku.get(sku as string) ?? {};
            const what = errors ? (errors as Json[]).map(columnAndCode).sort().join(', ') : `${name} ${price} ${stock}`;
            return `${row} ${sku} ${result}: ${what}`;
          })
        : [[status, body.code, ...new Set((body.errors ?? []).map(({ code }: Json) => code))].join(' ')];
    expect(described).toEqual(expected);
    // Far below what work that grows with the square of the file would take.
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});
