import { Injectable } from '@nestjs/common';
import { currentUnit, type Statement } from '@holdfast/platform';
import { ProductNotFound } from '../domain/catalog.errors';
import { Hold, HOLD_PAUSE } from '../domain/hold';
import { Product } from '../domain/product';
import { skuKey } from '../domain/product.events';
import { type MovedProduct, ProductRepository } from '../domain/catalog.repositories';

/**
 * One row has the sum of a product's live holds; one more for each owner has the owner's hold, expired or not; one
 * without a product has the sum of an owner's live holds.
 */
interface HoldRow {
  productId: string | null;
  ownerId: string | null;
  quantity: string;
  at: Date;
  expiresAt: Date | null;
  renewableUntil: Date | null;
}

type Unit = ReturnType<typeof currentUnit>;

interface Uncounted {
  products: Product[];
  ownerId?: string;
}

@Injectable()
export class OrmProductRepository extends ProductRepository {
  add(product: Product): void {
    currentUnit().add(product);
  }

  async lockAll(ids: readonly string[]): Promise<Product[]> {
    return currentUnit().lockAll(Product, ids);
  }

  async lockAllBySku(skus: readonly string[]): Promise<Product[]> {
    const products = await this.lockUnretired(skus);
    await currentUnit().complete(Product, products);
    return products;
  }

  /**
   * Reads the ledger from its end, back to the last movement until then: a second statement, which sees the commits
   * that the locks waited for. The initial stock was there when the product was.
   */
  async lockAllCountedAt(takenAt: Date, skus: readonly string[]): Promise<MovedProduct[]> {
    const products = await this.lockUnretired(skus);
    const { rows } = await currentUnit().statement<{ id: string; then: string; corrected: string }>(
      `SELECT p.id, coalesce(t.balance_after, 0) AS then, coalesce(c.corrected, 0) AS corrected
       FROM unnest($1::uuid[]) AS p (id)
       LEFT JOIN LATERAL (
         SELECT seq, balance_after FROM catalog.stock_movements
         WHERE product_id = p.id AND (at <= $2 OR kind = 'initial') ORDER BY seq DESC LIMIT 1) t ON true
       CROSS JOIN LATERAL (
         SELECT sum(delta) AS corrected FROM catalog.stock_movements
         WHERE product_id = p.id AND seq > coalesce(t.seq, 0) AND kind = 'inventory-count') c`,
      [products.map(({ id }) => id), takenAt],
    );
    const since = new Map(rows.map((row) => [row.id, { then: Number(row.then), corrected: Number(row.corrected) }]));
    return products.map((product) => {
      const { then: onHandThen, corrected } = since.get(product.id)!;
      return { product, onHandThen, movedSince: product.onHand - onHandThen - corrected };
    });
  }

  /** Reads the ids without a lock, so the products are checked again under their locks. */
  private async lockUnretired(skus: readonly string[]): Promise<Product[]> {
    const keys = new Set(skus.map(skuKey));
    const { rows } = await currentUnit().statement<{ id: string }>(
      'SELECT id FROM catalog.products WHERE lower(sku COLLATE "C") = ANY($1) AND retired_at IS NULL',
      [[...keys]],
    );
    const products = await this.lockAll(rows.map(({ id }) => id));
    return products.filter(({ sku, isRetired }) => !isRetired && keys.has(skuKey(sku)));
  }

  /** Counts in a second statement, which sees the commits that the first one waited for. */
  async lockAllWithHolds(ids: readonly string[], ownerId?: string): Promise<Product[]> {
    const all = await this.lockAll(ids);
    const unit = currentUnit();
    const products = all.filter(({ held }) => !held.isCounted(ownerId));
    const question: Uncounted = { products, ownerId };
    if (products.length) await unit.ask(Hold, question, (all, statement) => this.countHolds(all, unit, statement));
    return all;
  }

  /**
   * Counts the holds of all products at one moment. Expiry is compared with the clock: now() is the begin of the
   * transaction, before it waited for its locks.
   */
  private async countHolds(questions: Uncounted[], unit: Unit, statement: Statement): Promise<Uncounted[]> {
    const products = new Map(questions.flatMap((each) => each.products.map((product) => [product.id, product])));
    const owners = questions.flatMap((each) => {
      return each.ownerId ? each.products.map((product) => ({ product, ownerId: each.ownerId! })) : [];
    });
    const { rows } = await statement<HoldRow>(
      `WITH clock AS MATERIALIZED (SELECT date_trunc('milliseconds', clock_timestamp()) AS at)
       SELECT p.id AS "productId", NULL AS "ownerId", h.units AS quantity, clock.at, NULL AS "expiresAt",
              NULL AS "renewableUntil"
       FROM clock, unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL (
         SELECT coalesce(sum(quantity), 0) AS units FROM catalog.holds
         WHERE product_id = p.id AND expires_at > clock.at) h
       UNION ALL
       SELECT product_id, owner_id, quantity, clock.at, expires_at, renewable_until
       FROM clock, unnest($2::uuid[], $3::uuid[]) AS o (product_id, owner_id)
       JOIN catalog.holds USING (product_id, owner_id)
       UNION ALL
       SELECT NULL, h.owner_id, sum(h.quantity), clock.at, NULL, NULL
       FROM clock, catalog.holds h WHERE h.owner_id = ANY($3::uuid[]) AND h.expires_at > clock.at
       GROUP BY h.owner_id, clock.at`,
      [[...products.keys()], owners.map(({ product }) => product.id), owners.map(({ ownerId }) => ownerId)],
    );
    for (const { productId, ownerId, quantity, at } of rows)
      if (productId !== null && ownerId === null)
        products.get(productId)!.held.setCount({ at, units: Number(quantity) });
    const own = new Map(rows.map((row) => [`${row.productId} ${row.ownerId}`, row]));
    for (const { product, ownerId } of owners) {
      if (product.held.isCounted(ownerId)) continue; // two calls of one owner share the batch
      const row = own.get(`${product.id} ${ownerId}`);
      const { expiresAt, renewableUntil, quantity } = row ?? {};
      const times = expiresAt && renewableUntil && { expiresAt, renewableUntil };
      const hold = times
        ? Hold.of({ productId: product.id, ownerId, quantity: Number(quantity), ...times })
        : undefined;
      product.held.setHold(ownerId, hold, Number(own.get(`null ${ownerId}`)?.quantity ?? 0));
      if (hold) unit.adopt(product, [hold]);
    }
    return questions;
  }

  async lock(id: string): Promise<Product> {
    const [product] = await this.lockAllWithHolds([id]);
    if (!product || product.isRetired) throw new ProductNotFound();
    await currentUnit().complete(Product, [product]);
    return product;
  }

  async wasOrdered({ id }: Product): Promise<boolean> {
    const { rows } = await currentUnit().statement(
      `SELECT FROM catalog.stock_movements WHERE product_id = $1 AND kind = 'order-placed' LIMIT 1`,
      [id],
    );
    return rows.length > 0;
  }

  async remove({ id }: Product): Promise<void> {
    for (const [table, key] of [
      ['holds', 'product_id'],
      ['stock_movements', 'product_id'],
      ['products', 'id'],
    ])
      await currentUnit().statement(`DELETE FROM catalog.${table} WHERE ${key} = $1`, [id]);
  }

  async remarkChanges(): Promise<void> {
    await currentUnit().statement(
      `UPDATE catalog.product_changes SET changed_in = pg_current_xact_id()
       WHERE changed_in >= pg_snapshot_xmax(pg_current_snapshot())`,
      [],
    );
  }

  async removeExpiredHolds(atMost: number): Promise<number> {
    const { affected } = await currentUnit().statement(
      `DELETE FROM catalog.holds WHERE (product_id, owner_id) IN (
         SELECT product_id, owner_id FROM catalog.holds
         WHERE expires_at <= clock_timestamp() - $2 * interval '1 millisecond' LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [atMost, HOLD_PAUSE],
    );
    return affected;
  }
}
