import { Injectable } from '@nestjs/common';
import type { ProductImage } from '@holdfast/contracts';
import { Money, type MoneyView, moneyView, thousandthsOf } from '@holdfast/shared-kernel';
import {
  isoTime,
  type KeyColumns,
  Keyset,
  type List,
  type Reader,
  Reads,
  ReplicaReads,
  UnitOfWork,
} from '@holdfast/platform';
import { ProductRepository } from '../domain/catalog.repositories';
import { ProductNotFound } from '../domain/catalog.errors';
import type { Demand } from '../domain/demand';
import { HOLD_PAUSE } from '../domain/hold';
import type { Product } from '../domain/product';
import { imagesOf } from '../domain/product.events';
import type { DatedMovement, MovementKind } from '../domain/stock-movement';
import {
  listPage,
  matchPage,
  MAX_WALKED,
  type PageStatement,
  type ProductFilter,
  type SearchWord,
  SORT_KEYS,
  type SortKey,
  walkedBy,
  walkPage,
  withHolds,
} from './product-list';

export interface ProductCategory {
  id: string;
  name: string;
}

/** A product as a list shows it. */
export interface ListedProduct {
  id: string;
  sku: string;
  externalId: string | null;
  name: string;
  description: string;
  price: MoneyView;
  /** The units that a customer can still get: units on hand, without those in the carts of others. */
  stock: number;
  /** For admins only. */
  onHand?: number;
  /** For admins only. */
  lowStockThreshold?: number | null;
  unitLimit: number | null;
  category: ProductCategory | null;
  /** The first of its images. */
  image: ProductImage | null;
  active: boolean;
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface ProductView extends ListedProduct {
  images: ProductImage[];
}

export interface StockMovementView {
  id: string | null;
  productId: string;
  kind: MovementKind;
  delta: number;
  balanceAfter: number;
  reason: string | null;
  actorId: string;
  orderId: string | null;
  feedId: string | null;
  at: string;
}

/** The columns of a ListedProduct, but for the price, which comes as `price` and `currency`. */
export const columns = (
  forAdmin: boolean,
): string => `p.id, p.sku, p.external_id AS "externalId", p.name, p.description,
  p.price, p.currency, greatest(0, p.on_hand - held)::float8 AS stock,
  ${forAdmin ? 'p.on_hand::float8 AS "onHand", p.low_stock_threshold AS "lowStockThreshold",' : ''}
  p.unit_limit AS "unitLimit",
  (SELECT json_build_object('id', id, 'name', name) FROM catalog.categories WHERE id = p.category_id) AS category, p.image,
  p.active, p.version, ${isoTime('p.created_at')} AS "createdAt", ${isoTime('p.updated_at')} AS "updatedAt"`;

/** All images of a product `p`, as one array. */
export const IMAGES = `coalesce(p.image, '[]') || p.more_images`;

/** A product as a unit of work has it for an admin. */
export const productView = (product: Product, category: ProductCategory | null): ProductView => ({
  id: product.id,
  sku: product.sku,
  externalId: product.externalId,
  name: product.name,
  description: product.description,
  price: product.price.toView(),
  stock: product.availableTo(),
  onHand: product.onHand,
  lowStockThreshold: product.lowStockThreshold,
  unitLimit: product.unitLimit,
  category,
  image: product.image,
  active: product.active,
  version: product.version,
  createdAt: product.createdAt.toISOString(),
  updatedAt: product.updatedAt.toISOString(),
  images: imagesOf(product),
});

export const movementView = ({ at, ...movement }: DatedMovement): StockMovementView => ({
  ...movement,
  at: at.toISOString(),
});

export interface ProductLowOnStock {
  sku: string;
  name: string;
  onHand: number;
  threshold: number;
}

type Unpriced<View = ListedProduct> = Omit<View, 'price'> & { price: string; currency: string };

const priced = <View extends ListedProduct>({ currency, ...product }: Unpriced<View>) => ({
  ...product,
  price: moneyView(product.price, currency),
});

@Injectable()
export class ProductQueries {
  constructor(
    private readonly reads: Reads,
    private readonly replica: ReplicaReads,
  ) {}

  /** Customers see products on sale and, unless `inStock` is false, in stock. Admins see all that are not retired. */
  async list(filter: ProductFilter, reader?: Reader): Promise<List<ListedProduct>> {
    const forAdmin = reader?.role === 'admin';
    const { q, category, externalId, minPrice, maxPrice, sort, cursor, limit, lowStock } = filter;
    const inStock = filter.inStock ?? !forAdmin;
    const active = forAdmin ? filter.active : true;
    if (!forAdmin && (filter.active === false || lowStock)) return { items: [], nextCursor: null };

    const { key, match, type } = SORT_KEYS[sort.replace('-', '') as SortKey];
    const descending = sort.startsWith('-');
    const boundTo = { q, category, externalId, minPrice, maxPrice, inStock, active, lowStock };
    const page = new Keyset({ key, type, id: 'p.id', descending, boundTo, cursor, limit });
    const [words, categories] = await Promise.all([
      q === undefined ? [] : this.wordsOf(q, reader),
      category === undefined ? undefined : this.subtreeOf(category, reader),
    ]);
    const selection = {
      ...{ words, categories, externalId, minPrice, maxPrice, inStock, active, lowStock, limit },
      columns: columns(forAdmin),
    };
    const read = ({ sql, parameters }: PageStatement) =>
      this.replica.query<Unpriced & KeyColumns>(sql, parameters, reader);
    const listed = (rows: (Unpriced & KeyColumns)[]): List<ListedProduct> => {
      const { items, nextCursor } = page.list(rows);
      return { items: items.map(priced), nextCursor };
    };

    if (!words.length) return listed(await read(listPage(selection, page)));
    const walked = walkedBy(selection);
    if (walked > 0) {
      const nearest = await read(walkPage(selection, page, walked));
      const isFull = nearest.filter(({ found }) => found).length > limit;
      if (isFull || walked === MAX_WALKED || !nearest.some(({ cut }) => cut)) return listed(nearest);
    }
    const matches = new Keyset({
      key: match,
      boundKey: key,
      type,
      id: 't.product_id',
      descending,
      boundTo,
      cursor,
      limit,
    });
    return listed(await read(matchPage(selection, matches)));
  }

  /** Products with at most `lowStockThreshold` units on hand: how many there are, and the first of them by SKU. */
  async lowOnStock(atMost: number): Promise<{ count: number; first: ProductLowOnStock[] }> {
    const rows = await this.replica.query<ProductLowOnStock & { count: number }>(
      `SELECT sku, name, on_hand::float8 AS "onHand", low_stock_threshold AS threshold, (count(*) OVER ())::int AS count
       FROM catalog.products
       WHERE low_stock_threshold IS NOT NULL AND on_hand <= low_stock_threshold AND retired_at IS NULL
       ORDER BY sku LIMIT $1`,
      [atMost],
    );
    return { count: rows[0]?.count ?? 0, first: rows.map(({ count: _, ...product }) => product) };
  }

  /** The words of a search, folded by the database, which has folded the products. White space separates them. */
  private wordsOf(q: string, reader?: Reader): Promise<SearchWord[]> {
    return this.replica.query<SearchWord>(
      `SELECT DISTINCT word AS text, catalog.trigram_text(word) AS indexed
       FROM regexp_split_to_table(catalog.fold($1), '\\s+') AS word WHERE word <> ''`,
      [q],
      reader,
    );
  }

  /** A category and all categories below it; empty for an unknown category. */
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
   * The viewer's own holds are not taken off the stock. Throws ProductNotFound, also for an inactive product unless the
   * viewer is an admin.
   */
  async get(id: string, viewer?: Reader): Promise<ProductView> {
    const forAdmin = viewer?.role === 'admin';
    const [product] = await this.replica.query<Unpriced<ProductView>>(
      `SELECT ${columns(forAdmin)}, ${IMAGES} AS images FROM ${withHolds({ owner: '$3' })}
       WHERE p.id = $1 AND p.retired_at IS NULL AND (p.active OR $2)`,
      [id, forAdmin, viewer?.id],
      viewer,
    );
    if (!product) throw new ProductNotFound();
    return priced(product);
  }

  /** The stock ledger, newest first; a retired product keeps its ledger. Throws ProductNotFound. */
  async movements(
    productId: string,
    { cursor, limit }: { cursor?: string; limit: number },
  ): Promise<List<StockMovementView>> {
    const [product] = await this.reads.query('SELECT 1 FROM catalog.products WHERE id = $1', [productId]);
    if (!product) throw new ProductNotFound();
    const boundTo = { productId };
    const page = new Keyset({ key: 'm.seq', type: 'bigint', id: 'm.id', descending: true, boundTo, cursor, limit });
    const parameters: unknown[] = [productId];
    return page.list(
      await this.reads.query<StockMovementView & KeyColumns>(
        `SELECT m.id, m.product_id AS "productId", m.kind, m.delta::float8 AS delta,
           m.balance_after::float8 AS "balanceAfter", m.reason, m.actor_id AS "actorId", m.order_id AS "orderId",
           m.feed_id AS "feedId",
           ${isoTime('m.at')} AS at, ${page.columns}
         FROM catalog.stock_movements m WHERE m.product_id = $1 AND ${page.after(parameters)} ${page.orderAndLimit}`,
        parameters,
      ),
    );
  }
}

/** A product that is off sale, retired or deleted, for clients that have a copy of it. */
export interface GoneProduct {
  id: string;
  gone: true;
}

type ChangeRow = KeyColumns & (Unpriced<ProductView> | { id: null });

function changeOf({ cursor_key: _key, cursor_id: id, ...product }: ChangeRow): ProductView | GoneProduct {
  return product.id === null ? { id, gone: true } : priced<ProductView>(product);
}

/** Where transactions are numbered: a restored, copied or promoted database is another one. */
interface Numbering {
  cluster: string;
  timeline: number;
  database: number;
  table: number;
}

/**
 * The changes of the catalogue, in an order in which none comes late: by the transaction that made them, as far as all
 * transactions before it have ended. A long transaction anywhere in the database cluster delays the changes after it.
 */
@Injectable()
export class ProductChanges {
  constructor(
    private readonly reads: Reads,
    private readonly products: ProductRepository,
  ) {}

  /**
   * What has changed since the cursor; without one, all products. A product is as it is now, at its last change only.
   * Throws InvalidCursor, also for a cursor of another numbering: the client begins again.
   */
  async since({ cursor, limit }: { cursor?: string; limit: number }) {
    const boundTo = { ...(await this.numbering()) };
    const page = new Keyset({
      key: 'changed_in',
      type: 'xid8',
      id: 'product_id',
      descending: false,
      boundTo,
      cursor,
      limit,
    });
    const parameters: unknown[] = [];
    const rows = await this.reads.query<ChangeRow>(
      `SELECT ${columns(false)}, ${IMAGES} AS images, cursor_key, cursor_id FROM (
         SELECT product_id, changed_in, ${page.columns} FROM catalog.product_changes
         WHERE changed_in < pg_snapshot_xmin(pg_current_snapshot()) AND ${page.after(parameters)} ${page.orderAndLimit}) c
       LEFT JOIN LATERAL (
         SELECT p.*, held FROM ${withHolds()} WHERE p.id = c.product_id AND p.active AND p.retired_at IS NULL) p ON true
       ${page.order}`,
      parameters,
    );
    return page.listEndless(rows, changeOf, '0');
  }

  /** Marks that lie in the future were restored from another numbering, and would be hidden until it catches up. */
  private async numbering(): Promise<Numbering> {
    const [{ isForeign, ...numbering }] = await this.reads.query<Numbering & { isForeign: boolean }>(
      `SELECT system_identifier::text AS cluster, timeline_id AS timeline, d.oid AS database,
         'catalog.product_changes'::regclass::oid AS table,
         coalesce((SELECT changed_in FROM catalog.product_changes ORDER BY changed_in DESC LIMIT 1)
           >= pg_snapshot_xmax(pg_current_snapshot()), false) AS "isForeign"
       FROM pg_control_system(), pg_control_checkpoint(), pg_database d WHERE d.datname = current_database()`,
    );
    if (isForeign) await this.remark();
    return numbering;
  }

  @UnitOfWork()
  private remark(): Promise<void> {
    return this.products.remarkChanges();
  }
}

/** A product as one customer can buy it. */
export interface Offer {
  productId: string;
  name: string;
  image: ProductImage | null;
  unitPrice: Money;
  /** Units in the customer's live hold. */
  held: number;
  heldUntil: Date | null;
  /** When the customer, who has held units for the longest time, may hold them again; null when that is now. */
  pausedUntil: Date | null;
  /** Units that the customer can get, the held ones included; 0 for a product that is not on sale. */
  available: number;
}

@Injectable()
export class OfferQueries {
  constructor(private readonly reads: Reads) {}

  /** In no particular order; retired products are included. */
  async of(productIds: readonly string[], customerId: string): Promise<Offer[]> {
    const rows = await this.reads.query<Omit<Offer, 'unitPrice'> & { price: string; currency: string }>(
      `SELECT p.id AS "productId", p.name, p.image, p.price, p.currency, h.held, h."heldUntil",
              (SELECT expires_at + $3 * interval '1 millisecond' FROM catalog.holds
               WHERE product_id = p.id AND owner_id = $2 AND renewable_until <= clock_timestamp()
                 AND expires_at + $3 * interval '1 millisecond' > clock_timestamp()) AS "pausedUntil",
              CASE WHEN p.active AND p.retired_at IS NULL THEN greatest(0, p.on_hand - h.others) ELSE 0 END::float8
                AS available
       FROM catalog.products p CROSS JOIN LATERAL (
         SELECT coalesce(sum(quantity) FILTER (WHERE owner_id <> $2), 0) AS others,
                coalesce(max(quantity) FILTER (WHERE owner_id = $2), 0) AS held,
                max(expires_at) FILTER (WHERE owner_id = $2) AS "heldUntil"
         FROM catalog.holds WHERE product_id = p.id AND expires_at > clock_timestamp()) h
       WHERE p.id = ANY($1)`,
      [productIds, customerId, HOLD_PAUSE],
    );
    return rows.map(({ price, currency, ...offer }) => ({
      ...offer,
      unitPrice: Money.of(thousandthsOf(price), currency),
    }));
  }
}

/** The offers of products that a demand has locked. */
export const offersOf = (demand: Demand): Offer[] =>
  demand.known.map(({ product }) => ({
    productId: product.id,
    name: product.name,
    image: product.image,
    unitPrice: product.price,
    held: product.held.unitsOf(demand.customerId),
    heldUntil: product.held.expiryOf(demand.customerId) ?? null,
    pausedUntil: product.held.pausedUntil(demand.customerId) ?? null,
    available: product.isOrderable ? product.availableTo(demand.customerId) : 0,
  }));
