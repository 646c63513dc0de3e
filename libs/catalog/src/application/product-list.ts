import { type Keyset, type KeysetOptions } from '@holdfast/platform';

export interface ProductFilter {
  q?: string;
  /** A category, with all categories below it. */
  category?: string;
  externalId?: string;
  minPrice?: string;
  maxPrice?: string;
  inStock?: boolean;
  active?: boolean;
  /** Products with at most `lowStockThreshold` units on hand; for admins. */
  lowStock?: boolean;
  sort: ProductSort;
  cursor?: string;
  limit: number;
}

/** Each sort has an index on (key, id) and one on (category, key, id). A search's matches are sorted by `match`. */
export const SORT_KEYS = {
  name: { key: 'catalog.fold(p.name)', match: 't.name_key', type: 'text' },
  price: { key: 'p.price', match: 't.price', type: 'numeric' },
  createdAt: { key: 'p.created_at', match: 't.created_at', type: 'timestamptz' },
} as const satisfies Record<string, Pick<KeysetOptions, 'key' | 'type'> & { match: string }>;

export type SortKey = keyof typeof SORT_KEYS;
export type ProductSort = SortKey | `-${SortKey}`;
export const PRODUCT_SORTS: ProductSort[] = ['name', '-name', 'price', '-price', 'createdAt', '-createdAt'];

/** Products with the units in live holds, without those of the owner whose id the parameter `owner` has. */
export const withHolds = ({ products = 'catalog.products', owner = '' } = {}) => `${products} p CROSS JOIN LATERAL (
  SELECT coalesce(sum(quantity), 0) AS held FROM catalog.holds
  WHERE product_id = p.id AND expires_at > clock_timestamp()${owner ? ` AND owner_id IS DISTINCT FROM ${owner}` : ''}) h`;

/** A word of a search, folded, and as the trigram index has it. */
export interface SearchWord {
  text: string;
  indexed: string;
}

/** The index finds three characters in a row that are letters or digits of ASCII. */
const isIndexed = ({ indexed }: SearchWord): boolean => /[a-z0-9]{3}/.test(indexed);
/** The most products that one page reads for a search without the index; the next page goes on from there. */
export const MAX_WALKED = 10_000;
/** Enough to fill a page with a word that is in most of them. */
const WALKED_FIRST = 200;
/** How many products a search looks through along the sort; those of several categories would have to be sorted. */
export function walkedBy({ words, categories }: Selection): number {
  if (!words.some(isIndexed)) return MAX_WALKED;
  return categories && categories.length > 1 ? 0 : WALKED_FIRST;
}

const likeOf = ({ indexed }: SearchWord): string => `%${indexed.replace(/[%_\\]/g, '\\$&')}%`;

export interface Selection extends Omit<ProductFilter, 'q' | 'sort' | 'category' | 'cursor'> {
  words: SearchWord[];
  categories?: string[];
  /** What to select of each product. */
  columns: string;
}

export interface PageStatement {
  sql: string;
  parameters: unknown[];
}

type Given = (value: unknown, condition: (parameter: string) => string) => string[];

const all = (...conditions: string[]): string => conditions.join(' AND ') || 'true';
const givenTo =
  (parameters: unknown[]): Given =>
  (value, condition) =>
    value === undefined ? [] : [condition(`$${parameters.push(value)}`)];

const filtersOf = ({ externalId, minPrice, maxPrice, active, lowStock }: Selection, given: Given): string[] => [
  'p.retired_at IS NULL',
  ...given(externalId, (p) => `p.external_id = ${p}`),
  ...given(minPrice, (p) => `p.price >= ${p}::numeric`),
  ...given(maxPrice, (p) => `p.price <= ${p}::numeric`),
  ...given(active, (p) => `p.active = ${p}`),
  ...(lowStock ? ['p.low_stock_threshold IS NOT NULL', 'p.on_hand <= p.low_stock_threshold'] : []),
];
/** A single category by =, because its index has its products in their order. */
const categoryOf = ({ categories }: Selection, given: Given): string[] =>
  categories?.length === 1
    ? given(categories[0], (p) => `p.category_id = ${p}::uuid`)
    : given(categories, (p) => `p.category_id = ANY(${p}::uuid[])`);
const availableOf = ({ inStock }: Selection): string[] => (inStock ? ['p.on_hand > 0', 'p.on_hand > held'] : []);
const matchingOf = ({ words }: Selection, given: Given): string[] =>
  words.flatMap(({ text }) => given(text, (p) => `strpos(t.text, ${p}) <> 0`));

/** One page without a search. No filter makes it count products, or read those of earlier pages. */
export function listPage(selection: Selection, page: Keyset): PageStatement {
  const parameters: unknown[] = [];
  const given = givenTo(parameters);
  const filters = [...filtersOf(selection, given), page.after(parameters), ...availableOf(selection)];
  const selected = `${selection.columns}, ${page.columns}`;
  const found = (what: string, ...more: string[]) =>
    `SELECT ${what} FROM ${withHolds()} WHERE ${all(...filters, ...more)} ${page.orderAndLimit}`;
  // Reads the first rows of each category in the order of its own index, then merges them.
  const [legs] = given(selection.categories, (p) => `unnest(${p}::uuid[]) AS c (id)`);
  if (!legs) return { sql: found(selected), parameters };
  const leg = found('p.*, held', 'p.category_id = c.id');
  return { sql: `SELECT ${selected} FROM ${legs} CROSS JOIN LATERAL (${leg}) p ${page.orderAndLimit}`, parameters };
}

/** Looks for the words in so many products along the sort. The page is cut if there are more of them. */
export function walkPage(selection: Selection, page: Keyset, atMost: number): PageStatement {
  const parameters: unknown[] = [];
  const given = givenTo(parameters);
  const filters = [...filtersOf(selection, given), ...categoryOf(selection, given), page.after(parameters)];
  // Numbered as they come: naming the order again would fold each name.
  const products = `(SELECT p.*, row_number() OVER () AS seen FROM (
    SELECT p.* FROM catalog.products p WHERE ${all(...filters)} ${page.order} LIMIT ${atMost}) p)`;
  const isLast = `p.seen = ${atMost}`;
  const isMatch = all(...matchingOf(selection, given));
  const isItem = all(isMatch, ...availableOf(selection));
  // OFFSET 0 keeps the planner from reading the texts of all products. The first condition spares other holds.
  const sql = `SELECT ${selection.columns}, ${page.columns}, ${isLast} AS cut, ${isItem} AS found
    FROM ${withHolds({ products })}
    CROSS JOIN LATERAL (SELECT text FROM catalog.product_texts WHERE product_id = p.id OFFSET 0) t
    WHERE (${isMatch} OR ${isLast}) AND (${isItem} OR ${isLast}) ORDER BY p.seen LIMIT ${selection.limit + 1}`;
  return { sql, parameters };
}

/**
 * The page out of all matches, however many: finds them by the text index, sorts them, and reads products until the
 * page is full. `page` is by the columns of `t`, a match.
 */
export function matchPage(selection: Selection, page: Keyset): PageStatement {
  const parameters: unknown[] = [];
  const given = givenTo(parameters);
  const { categories, externalId, minPrice, maxPrice } = selection;
  const filters = all(...filtersOf(selection, given), ...categoryOf(selection, given));
  const candidates = selection.words
    .filter(isIndexed)
    .flatMap((word) => given(likeOf(word), (p) => `coalesce(t.trigrams, t.text) LIKE ${p}`));
  const isNarrow = [categories, externalId, minPrice, maxPrice].some((value) => value !== undefined);
  // Without a filter that leaves few products, a match's product is looked up only if the sort needs it.
  const ofProduct = (column: string) =>
    isNarrow ? `p.${column}` : `(SELECT ${column} FROM catalog.products WHERE id = t.product_id) AS ${column}`;
  const products = isNarrow ? `JOIN catalog.products p ON p.id = t.product_id AND ${filters}` : '';
  // OFFSET 0 keeps the planner from joining, and from counting the holds of, all matches before it sorts them.
  const sql = `WITH matches AS MATERIALIZED (
      SELECT t.product_id, t.name_key FROM catalog.product_texts t
      WHERE ${all(...candidates, ...matchingOf(selection, given))})
    SELECT ${selection.columns}, ${page.columns}
    FROM (
      SELECT * FROM (SELECT t.*, ${ofProduct('price')}, ${ofProduct('created_at')} FROM matches t ${products}) t
      WHERE ${page.after(parameters)} ${page.order}) t
    CROSS JOIN LATERAL (
      SELECT p.*, held FROM ${withHolds()}
      WHERE ${all('p.id = t.product_id', filters, ...availableOf(selection))} OFFSET 0) p
    ${page.orderAndLimit}`;
  return { sql, parameters };
}
