import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { ProductNotFound } from '../domain/catalog.errors';
import { Hold } from '../domain/hold';
import { Product } from '../domain/product';
import { ProductRepository } from '../domain/product.repository';

/** One row for each product, at one moment for all of them. */
interface CountedRow {
  productId: string;
  at: Date;
  units: string;
  /** The owner's own, alive or not. */
  quantity: number | null;
  expiresAt: Date | null;
}

@Injectable()
export class OrmProductRepository extends ProductRepository {
  add(product: Product): void {
    currentUnit().add(product);
  }

  async lockAll(ids: readonly string[]): Promise<Product[]> {
    return currentUnit().lockAll(Product, ids);
  }

  /**
   * Two statements, because what was committed while the first one waited for its locks is seen only by a later one.
   * Expiry is compared with the clock and not with now(), which is when the transaction began, before it waited.
   */
  async lockAllWithHolds(ids: readonly string[], ownerId?: string): Promise<Product[]> {
    const products = await this.lockAll(ids);
    const uncounted = new Map(
      products.filter(({ promised }) => !promised.knows(ownerId)).map((each) => [each.id, each]),
    );
    if (!uncounted.size) return products;
    const { rows } = await currentUnit().statement<CountedRow>(
      `WITH clock AS MATERIALIZED (SELECT date_trunc('milliseconds', clock_timestamp()) AS at)
       SELECT p.id AS "productId", clock.at, h.*
       FROM clock, unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL (
         SELECT coalesce(sum(quantity) FILTER (WHERE expires_at > clock.at), 0) AS units,
                max(quantity) FILTER (WHERE owner_id = $2) AS quantity,
                max(expires_at) FILTER (WHERE owner_id = $2) AS "expiresAt"
         FROM catalog.holds WHERE product_id = p.id) h`,
      [[...uncounted.keys()], ownerId ?? null],
    );
    for (const { productId, at, units, quantity, expiresAt } of rows) {
      const product = uncounted.get(productId)!;
      const own = ownerId && quantity && expiresAt ? Hold.of(productId, ownerId, quantity, expiresAt) : undefined;
      product.promised.learn({ at, units: Number(units) }, ownerId, own);
      if (own) currentUnit().adopt(product, [own]);
    }
    return products;
  }

  async lock(id: string): Promise<Product> {
    const [product] = await this.lockAllWithHolds([id]);
    if (!product || product.isRetired) throw new ProductNotFound();
    return product;
  }

  async removeExpiredHolds(atMost: number): Promise<number> {
    const { affected } = await currentUnit().statement(
      `DELETE FROM catalog.holds WHERE (product_id, owner_id) IN (
         SELECT product_id, owner_id FROM catalog.holds
         WHERE expires_at <= clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [atMost],
    );
    return affected;
  }
}
