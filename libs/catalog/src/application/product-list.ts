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
  sort: ProductSort;
  cursor?: string;
  limit: number;
}

/** Each offered sort has an index on (key, id) and one on (category, key, id). */
export const SORT_KEYS = {
  name: { key: 'catalog.fold(p.name)', type: 'text' },
  price: { key: 'p.price', type: 'numeric' },
  createdAt: { key: 'p.created_at', type: 'timestamptz' },
} as const satisfies Record<string, Pick<KeysetOptions, 'key' | 'type'>>;

export type SortKey = keyof typeof SORT_KEYS;
export type ProductSort = SortKey | `-${SortKey}`;
export const PRODUCT_SORTS: ProductSort[] = ['name', '-name', 'price', '-price', 'createdAt', '-createdAt'];

/** Products with the units in live holds, without those of the owner whose id the parameter `owner` has. */
export const withHolds = ({ products = 'catalog.products', owner = '' } = {}) => `${products} p CROSS JOIN LATERAL (
  SELECT coalesce(sum(quantity), 0) AS held FROM catalog.holds
  WHERE product_id = p.id AND expires_at > clock_timestamp()${owner ? ` AND owner_id IS DISTINCT FROM ${owner}` : ''}) h`;

/** The expression that the index `products_text` is made of, without its outer call. No word runs over a line break. */
const TEXT = `catalog.fold(p.name || E'\\n' || p.sku || E'\\n' || p.description)`;

/** A word of a search, folded, and as the trigram index has it. */
export interface SearchWord {
  text: string;
  indexed: string;
}

/** The index finds three characters in a row that are letters or digits of ASCII. */
const isIndexed = ({ indexed }: SearchWord): boolean => /[a-z0-9]{3}/.test(indexed);
/** The most products that one page reads for a search without the index; the next page goes on from there. */
const MAX_SCANNED = 10_000;

interface Selection extends Omit<ProductFilter, 'q' | 'category' | 'sort' | 'cursor' | 'limit'> {
  words: SearchWord[];
  categories?: string[];
  /** What to select of each product. */
  columns: string;
}

/** The statement of one page. No filter makes it count products, or read those of earlier pages. */
export function pageOf(selection: Selection, page: Keyset): { sql: string; parameters: unknown[] } {
  const { words, categories, externalId, minPrice, maxPrice, inStock, active, columns } = selection;
  const parameters: unknown[] = [];
  const given = (value: unknown, condition: (parameter: string) => string) =>
    value === undefined ? [] : [condition(`$${parameters.push(value)}`)];
  const all = (...conditions: string[]) => conditions.join(' AND ') || 'true';

  const plain = [
    'p.retired_at IS NULL',
    ...given(externalId, (p) => `p.external_id = ${p}`),
    ...given(minPrice, (p) => `p.price >= ${p}::numeric`),
    ...given(maxPrice, (p) => `p.price <= ${p}::numeric`),
    ...given(active, (p) => `p.active = ${p}`),
    page.after(parameters),
  ];
  const available = inStock ? ['p.on_hand > 0', 'p.on_hand > held'] : [];
  const selected = `${columns}, ${page.columns}`;
  const found = (what: string, ...more: string[]) =>
    `SELECT ${what} FROM ${withHolds()} WHERE ${all(...plain, ...available, ...more)} ${page.orderAndLimit}`;

  if (!words.length) {
    // Reads the first rows of each category in the order of its own index, then merges them.
    const [legs] = given(categories, (p) => `unnest(${p}::uuid[]) AS c (id)`);
    if (!legs) return { sql: found(selected), parameters };
    const leg = found('p.*, held', 'p.category_id = c.id');
    return { sql: `SELECT ${selected} FROM ${legs} CROSS JOIN LATERAL (${leg}) p ${page.orderAndLimit}`, parameters };
  }

  const inCategory = given(categories, (p) => `p.category_id = ANY(${p}::uuid[])`);
  // The planner takes each <> for true of nearly all rows, so that only the index's condition estimates a word.
  const matching = words.flatMap(({ text }) => given(text, (p) => `strpos(${TEXT}, ${p}) <> 0`));
  const indexed = words.filter(isIndexed);
  if (indexed.length) {
    const candidates = indexed.flatMap((word) => given(likeOf(word), (p) => `catalog.trigram_text(${TEXT}) LIKE ${p}`));
    return { sql: found(selected, ...inCategory, ...candidates, ...matching), parameters };
  }
  const products = `(SELECT p.*, row_number() OVER (${page.order}) AS seen FROM catalog.products p
    WHERE ${all(...plain, ...inCategory)} ${page.order} LIMIT ${MAX_SCANNED})`;
  const isItem = all(...matching, ...available);
  const sql = `SELECT ${selected}, p.seen = ${MAX_SCANNED} AS cut, ${isItem} AS found FROM ${withHolds({ products })}
    WHERE (${isItem}) OR p.seen = ${MAX_SCANNED} ${page.orderAndLimit}`;
  return { sql, parameters };
}

const likeOf = ({ indexed }: SearchWord): string => `%${indexed.replace(/[%_\\]/g, '\\$&')}%`;
