import type { Keyset, KeysetOptions } from '@holdfast/platform';

export interface ProductFilter {
  q?: string;
  /** With all that are under it. */
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

/** Every offered sort; each has its index on (key, id), and one on (category, key, id). */
export const SORT_KEYS = {
  name: { key: 'lower(p.name COLLATE "C")', type: 'text' },
  price: { key: 'p.price', type: 'numeric' },
  createdAt: { key: 'p.created_at', type: 'timestamptz' },
} as const satisfies Record<string, Pick<KeysetOptions, 'key' | 'type'>>;

export type SortKey = keyof typeof SORT_KEYS;
export type ProductSort = SortKey | `-${SortKey}`;
export const PRODUCT_SORTS: ProductSort[] = ['name', '-name', 'price', '-price', 'createdAt', '-createdAt'];

export const COLUMNS = `p.id, p.sku, p.external_id, p.name, p.description, p.price, p.currency, p.on_hand, h.held,
  greatest(0, p.on_hand - h.held) AS stock, p.unit_limit, p.low_stock_threshold, p.category_id,
  (SELECT name FROM catalog.categories WHERE id = p.category_id) AS category_name,
  p.active, p.version, p.created_at, p.updated_at`;

/** Products with what live holds promise of each, but for a customer's own where the parameter of his id is given. */
export const withHolds = ({ products = 'catalog.products', owner = '' } = {}) => `${products} p CROSS JOIN LATERAL (
  SELECT coalesce(sum(quantity), 0) AS held FROM catalog.holds
  WHERE product_id = p.id AND expires_at > clock_timestamp()${owner ? ` AND owner_id IS DISTINCT FROM ${owner}` : ''}) h`;

/** What is searched: word for word what the index `products_text` is made of. */
const TEXT = `(p.name || E'\\n' || p.sku || E'\\n' || p.description)`;

/** The index finds three letters or digits in a row; whatever is shorter stands in too many texts, or in none. */
const isIndexed = (q: string): boolean => /[\p{L}\p{N}]{3}/u.test(q);
/** So many products are looked through for a text that no index finds; the next page looks on. */
const LOOKED_THROUGH = 10_000;

type Listed = Omit<ProductFilter, 'category' | 'sort' | 'cursor' | 'limit'> & { categories?: string[] };

/** The statement that answers one page. No filter makes it count, or look at what was on the pages before. */
export function listOf(filter: Listed, page: Keyset): { sql: string; parameters: unknown[] } {
  const { q, categories, externalId, minPrice, maxPrice, inStock, active } = filter;
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
  const available = inStock ? ['p.on_hand > 0', 'p.on_hand > h.held'] : [];
  const select = `SELECT ${COLUMNS}, ${page.columns}`;
  const those = (...more: string[]) =>
    `${select} FROM ${withHolds()} WHERE ${all(...plain, ...available, ...more)} ${page.orderAndLimit}`;

  if (!q) {
    // Each category in the order of its own index, the few that come first of each together.
    const [legs] = given(categories, (p) => `unnest(${p}::uuid[]) AS c (id)`);
    if (!legs) return { sql: those(), parameters };
    const leg = those('p.category_id = c.id');
    return { sql: `SELECT p.* FROM ${legs} CROSS JOIN LATERAL (${leg}) p ${page.orderAndLimit}`, parameters };
  }

  const placed = given(categories, (p) => `p.category_id = ANY(${p}::uuid[])`);
  const matching = given(`%${q.replace(/[%_\\]/g, '\\$&')}%`, (p) => `${TEXT} ILIKE ${p}`);
  if (isIndexed(q)) return { sql: those(...placed, ...matching), parameters };
  const products = `(SELECT p.*, row_number() OVER (${page.order}) AS seen FROM catalog.products p
    WHERE ${all(...plain, ...placed)} ${page.order} LIMIT ${LOOKED_THROUGH})`;
  const found = all(...matching, ...available);
  const sql = `${select}, p.seen = ${LOOKED_THROUGH} AS cut, ${found} AS found FROM ${withHolds({ products })}
    WHERE (${found}) OR p.seen = ${LOOKED_THROUGH} ${page.orderAndLimit}`;
  return { sql, parameters };
}
