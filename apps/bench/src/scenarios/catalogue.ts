import { type Report, rounded } from '../report';
import { measure, type Runs, type Scenario } from '../scenario';
import {
  CATEGORY,
  categoryId,
  PRODUCTS,
  type Query,
  seedProducts,
  sellOut,
  TOP_CATEGORY,
  withoutChecks,
} from '../seed';
import type { Bench } from '../servers';

const CONNECTIONS = 2;
const AT_ONCE = 250_000;
const LIST = '/v1/products?limit=20';

/** What customers ask of a catalogue; some of it finds many of its products, some few, some none. */
const QUERIES: Record<string, string> = {
  'first page': '',
  'first page by price': '&sort=price',
  newest: '&sort=-createdAt',
  'with what is sold out': '&inStock=false',
  'search, a rare word': '&q=theremin',
  'search, a frequent word': '&q=lamp',
  'search, a frequent word, by price': '&q=lamp&sort=price',
  'search, no match': '&q=zzyzx',
  'search, two letters': '&q=ta',
  'category (1 of 100)': `&category=${categoryId(CATEGORY + 3)}`,
  // Every tenth product is, and so all of this category.
  'category, all of it sold out': `&category=${categoryId(CATEGORY)}`,
  'category with 10 under it, by price': `&category=${categoryId(TOP_CATEGORY)}&sort=price`,
  'price range, by name': '&minPrice=500&maxPrice=510',
  'category and price range': `&category=${categoryId(CATEGORY + 3)}&minPrice=500&maxPrice=510`,
  'category and search': `&category=${categoryId(CATEGORY + 3)}&q=kettle`,
};

export const catalogue: Scenario = {
  what: 'pages and searches in a large catalogue, beside a small one',
  onlyByName: true,
  lasts: ({ rounds, seconds, products }) =>
    (Object.keys(QUERIES).length + 2) * 2 * (rounds + 0.3) * (seconds / 2 + 0.7) + products / 8_000 + 30,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop((small) =>
      bench.inShop(async (large): Promise<Report[]> => {
        await fillCatalogue(bench, large, pace.products, log);
        const sizes: [string, number][] = [
          [small, PRODUCTS],
          [large, pace.products],
        ];
        const runs: Runs = {};
        const warmUp: Runs = {};
        for (const [shop, size] of sizes) {
          await bench.session(shop, async (query) => {
            await sellOut(query);
            await query('VACUUM (ANALYZE)');
          });
          const { url } = await bench.startApi(shop, { CATALOGUE_CACHE_TTL: '0' });
          const queries = { ...QUERIES, ...(await deepPages(bench, shop, url, size)) };
          for (const [name, query] of Object.entries(queries)) {
            const get = (seconds: number) => () =>
              generator.run({
                ...{ url, connections: CONNECTIONS, seconds, expected: 200 },
                plan: { kind: 'get', paths: [LIST + query] },
              });
            runs[`${name} ${size}`] = get(pace.seconds / 2);
            warmUp[`${name} ${size}`] = get(0.2);
          }
        }
        await measure(warmUp, 1, () => undefined);
        const figures = await measure(runs, pace.rounds, log);
        const [few, many] = sizes.map(([, size]) => size);
        const names = [...Object.keys(QUERIES), ...DEEP.map(([name]) => name)];
        return [
          {
            name: 'catalogue',
            title: `Pages of the catalogue, uncached, ${CONNECTIONS} connections, ms`,
            head: [
              '',
              ...[few, many].flatMap((size) => [`${size.toLocaleString('en-US')}: p50`, 'p99']),
              'p50 ratio',
              'p99 ratio',
            ],
            rows: names.map((name) => {
              const [a, b] = [figures[`${name} ${few}`], figures[`${name} ${many}`]];
              const ratios = [b.p50 / a.p50, b.p99 / a.p99].map((ratio) => `${ratio.toFixed(2)} ×`);
              return [name, ...[a.p50, a.p99, b.p50, b.p99].map(rounded), ...ratios];
            }),
            chart: {
              unit: `p50 in ms with ${many.toLocaleString('en-US')} products`,
              bars: names.map((label) => ({ label, value: figures[`${label} ${many}`].p50 })),
            },
          },
        ];
      }),
    ),
};

/** Adds products to those of the shop, until there are as many. `rename` changes them before they are indexed. */
export function fillCatalogue(
  bench: Bench,
  shop: string,
  products: number,
  log: (line: string) => void,
  rename?: (query: Query) => Promise<void>,
): Promise<void> {
  return bench.session(shop, async (query) => {
    if (products <= PRODUCTS && !rename) return;
    await withoutChecks(query);
    // Built at the end, they take a fraction of the time.
    const indexes = await query<{ name: string; definition: string }>(
      `SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition
       FROM pg_index
       WHERE indrelid IN ('catalog.products'::regclass, 'catalog.product_texts'::regclass) AND NOT indisprimary`,
    );
    await query(`DROP INDEX ${indexes.map(({ name }) => name).join(', ')}`);
    for (let first = PRODUCTS + 1; first <= products; first += AT_ONCE) {
      const last = Math.min(products, first + AT_ONCE - 1);
      await seedProducts(query, first, last);
      log(`${last.toLocaleString('en-US')} products`);
    }
    await rename?.(query);
    for (const { definition } of indexes) await query(definition);
    await query('VACUUM (ANALYZE)');
  });
}

/** Which page, and how far from the end of the list it begins. */
const DEEP: [string, (size: number) => number][] = [
  ['page in the middle', (size) => Math.floor(size / 2)],
  ['last page', () => 10],
];

/** The cursors of deep pages: the first page's cursor, with the position that paging through would reach. */
async function deepPages(bench: Bench, shop: string, url: string, size: number): Promise<Record<string, string>> {
  const { nextCursor } = (await (await fetch(url + LIST)).json()) as { nextCursor: string };
  const [version, , , binding] = JSON.parse(Buffer.from(nextCursor, 'base64url').toString()) as unknown[];
  const cursors = DEEP.map(async ([name, fromEnd]) => {
    const [{ key, id }] = await bench.query<{ key: string; id: string }>(
      shop,
      `SELECT catalog.fold(name) AS key, id FROM catalog.products ORDER BY 1 DESC, 2 DESC OFFSET $1 LIMIT 1`,
      [fromEnd(size)],
    );
    const cursor = Buffer.from(JSON.stringify([version, key, id, binding])).toString('base64url');
    return [name, `&cursor=${cursor}`];
  });
  return Object.fromEntries(await Promise.all(cursors)) as Record<string, string>;
}
