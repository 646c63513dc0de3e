import { Injectable } from '@nestjs/common';
import { moneyView } from '@holdfast/shared-kernel';
import { type KeyColumns, Keyset, type List, type Reader, Reads, ReplicaReads } from '@holdfast/platform';
import { ProductNotFound } from '../domain/catalog.errors';
import type { MovementKind } from '../domain/stock-movement';
import { COLUMNS, listOf, type ProductFilter, SORT_KEYS, type SortKey, withHolds } from './product-list';
import type { ProductView, StockMovementView } from './product.views';

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

    const page = new Keyset({
      ...SORT_KEYS[sort.replace('-', '') as SortKey],
      id: 'p.id',
      descending: sort.startsWith('-'),
      boundTo: { q, category, externalId, minPrice, maxPrice, inStock, active },
      cursor,
      limit,
    });
    const categories = category === undefined ? undefined : await this.subtreeOf(category, reader);
    const { sql, parameters } = listOf({ q, categories, externalId, minPrice, maxPrice, inStock, active }, page);
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
      `SELECT ${COLUMNS} FROM ${withHolds({ owner: '$3' })} WHERE p.id = $1 AND p.retired_at IS NULL AND (p.active OR $2)`,
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
