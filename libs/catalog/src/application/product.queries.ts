import { Injectable } from '@nestjs/common';
import { moneyView } from '@holdfast/shared-kernel';
import {
  type KeyColumns,
  Keyset,
  type KeysetOptions,
  type List,
  type Reader,
  Reads,
  ReplicaReads,
} from '@holdfast/platform';
import { ProductNotFound } from '../domain/catalog.errors';
import type { MovementKind } from '../domain/stock-movement';
import type { ProductView, StockMovementView } from './product.views';

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
const SORT_KEYS = {
  name: { key: 'lower(p.name COLLATE "C")', type: 'text' },
  price: { key: 'p.price', type: 'numeric' },
  createdAt: { key: 'p.created_at', type: 'timestamptz' },
} as const satisfies Record<string, Pick<KeysetOptions, 'key' | 'type'>>;

type SortKey = keyof typeof SORT_KEYS;
export type ProductSort = SortKey | `-${SortKey}`;
export const PRODUCT_SORTS: ProductSort[] = ['name', '-name', 'price', '-price', 'createdAt', '-createdAt'];

interface ProductRow {
  id: string;
  sku: string;
  external_id: string | null;
  name: string;
  description: string;
  price: string;
  currency: string;
  stock: string;
  held: string;
  on_hand: string;
  unit_limit: number | null;
  low_stock_threshold: number | null;
  category_id: string | null;
  category_name: string;
  active: boolean;
  version: number;
  created_at: Date;
  updated_at: Date;
}

interface MovementRow {
  id: string;
  product_id: string;
  kind: MovementKind;
  delta: string;
  balance_after: string;
  reason: string | null;
  actor_id: string;
  order_id: string | null;
  at: Date;
}

/** What is searched: word for word what the index `products_text` is made of. */
const TEXT = `(p.name || E'\\n' || p.sku || E'\\n' || p.description)`;

const COLUMNS = `p.id, p.sku, p.external_id, p.name, p.description, p.price, p.currency, p.on_hand, h.held,
  greatest(0, p.on_hand - h.held) AS stock, p.unit_limit, p.low_stock_threshold, p.category_id,
  (SELECT name FROM catalog.categories WHERE id = p.category_id) AS category_name,
  p.active, p.version, p.created_at, p.updated_at`;

/** The products with what live holds promise of each, but for a customer's own where the parameter of his id is given. */
const withHolds = (owner?: string) => `catalog.products p CROSS JOIN LATERAL (
  SELECT coalesce(sum(quantity), 0) AS held FROM catalog.holds
  WHERE product_id = p.id AND expires_at > clock_timestamp()${owner ? ` AND owner_id IS DISTINCT FROM ${owner}` : ''}) h`;

@Injectable()
export class ProductQueries {
  constructor(
    private readonly reads: Reads,
    private readonly replica: ReplicaReads,
  ) {}

  /** Customers see what is on sale and, unless they ask, in stock; admins see everything that is not retired. */
  async list(filter: ProductFilter, reader?: Reader): Promise<List<ProductView>> {
    const isAdmin = reader?.role === 'admin';
    const { q, category, externalId, minPrice, maxPrice, sort, cursor, limit } = filter;
    const inStock = filter.inStock ?? !isAdmin;
    const active = isAdmin ? filter.active : true;
    if (!isAdmin && filter.active === false) return { items: [], nextCursor: null };

    const conditions = ['p.retired_at IS NULL'];
    const parameters: unknown[] = [];
    const add = (condition: (parameter: string) => string, value: unknown) => {
      if (value === undefined) return;
      parameters.push(value);
      conditions.push(condition(`$${parameters.length}`));
    };
    add((p) => `${TEXT} ILIKE ${p}`, q && `%${q.replace(/[%_\\]/g, '\\$&')}%`);
    add((p) => `p.external_id = ${p}`, externalId);
    add((p) => `p.price >= ${p}::numeric`, minPrice);
    add((p) => `p.price <= ${p}::numeric`, maxPrice);
    add((p) => `p.active = ${p}`, active);
    if (inStock) conditions.push('p.on_hand > 0 AND p.on_hand > h.held');

    const page = new Keyset({
      ...SORT_KEYS[sort.replace('-', '') as SortKey],
      id: 'p.id',
      descending: sort.startsWith('-'),
      boundTo: { q, category, externalId, minPrice, maxPrice, inStock, active },
      cursor,
      limit,
    });
    conditions.push(page.after(parameters));
    const those = (condition = 'true') =>
      `SELECT ${COLUMNS}, ${page.columns} FROM ${withHolds()}
       WHERE ${[condition, ...conditions].join(' AND ')} ${page.orderAndLimit}`;
    let sql = those();
    if (category !== undefined) {
      const subtree = `$${parameters.push(await this.subtreeOf(category, reader))}::uuid[]`;
      sql = q
        ? those(`p.category_id = ANY(${subtree})`)
        : `SELECT p.* FROM unnest(${subtree}) AS c (id) CROSS JOIN LATERAL (${those('p.category_id = c.id')}) p ${page.orderAndLimit}`;
    }
    const rows = await this.replica.query<ProductRow & KeyColumns>(sql, parameters, reader);
    return page.list(rows, (row) => viewOf(row, isAdmin));
  }

  /** The category, and all that are under it; nothing, where there is none. */
  private async subtreeOf(category: string, reader?: Reader): Promise<string[]> {
    const rows = await this.replica.query<{ id: string }>(
      `WITH RECURSIVE subtree AS (
         SELECT id FROM catalog.categories WHERE id = $1
         UNION ALL
         SELECT c.id FROM subtree s JOIN catalog.categories c ON c.parent_id = s.id)
       SELECT id FROM subtree`,
      [category],
      reader,
    );
    return rows.map(({ id }) => id);
  }

  /**
   * With what others hold of it: as the version does not count that, the ETag needs it. What the viewer holds himself
   * is still there for him. Throws ProductNotFound; so is an inactive product to whoever is no admin.
   */
  async one(id: string, viewer?: Reader): Promise<{ product: ProductView; held: number }> {
    const isAdmin = viewer?.role === 'admin';
    const [row] = await this.replica.query<ProductRow>(
      `SELECT ${COLUMNS} FROM ${withHolds('$3')} WHERE p.id = $1 AND p.retired_at IS NULL AND (p.active OR $2)`,
      [id, isAdmin, viewer?.id],
      viewer,
    );
    if (!row) throw new ProductNotFound();
    return { product: viewOf(row, isAdmin), held: Number(row.held) };
  }

  /** The stock ledger, newest first; a retired product keeps its own. */
  async movements(
    productId: string,
    { cursor, limit }: { cursor?: string; limit: number },
  ): Promise<List<StockMovementView>> {
    const [product] = await this.reads.query('SELECT 1 FROM catalog.products WHERE id = $1', [productId]);
    if (!product) throw new ProductNotFound();
    const boundTo = { productId };
    const page = new Keyset({ key: 'm.seq', type: 'bigint', id: 'm.id', descending: true, boundTo, cursor, limit });
    const parameters: unknown[] = [productId];
    const rows = await this.reads.query<MovementRow & KeyColumns>(
      `SELECT m.id, m.product_id, m.kind, m.delta, m.balance_after, m.reason, m.actor_id, m.order_id, m.at, ${page.columns}
       FROM catalog.stock_movements m WHERE m.product_id = $1 AND ${page.after(parameters)} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows, (row) => ({
      id: row.id,
      productId: row.product_id,
      kind: row.kind,
      delta: Number(row.delta),
      balanceAfter: Number(row.balance_after),
      reason: row.reason,
      actorId: row.actor_id,
      orderId: row.order_id,
      at: row.at.toISOString(),
    }));
  }
}

const viewOf = (row: ProductRow, isAdmin: boolean): ProductView => ({
  id: row.id,
  sku: row.sku,
  externalId: row.external_id,
  name: row.name,
  description: row.description,
  price: moneyView(row.price, row.currency),
  stock: Number(row.stock),
  ...(isAdmin && { onHand: Number(row.on_hand), lowStockThreshold: row.low_stock_threshold }),
  unitLimit: row.unit_limit,
  category: row.category_id === null ? null : { id: row.category_id, name: row.category_name },
  active: row.active,
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
