import { Injectable } from '@nestjs/common';
import { currentUnit, type Statement } from '@holdfast/platform';
import { ProductNotFound } from '../domain/catalog.errors';
import { Hold } from '../domain/hold';
import { Product } from '../domain/product';
import { ProductRepository } from '../domain/product.repository';

/** One row with the sum of a product's live holds, and one for each owner who has a hold, alive or not. */
interface HoldRow {
  productId: string;
  ownerId: string | null;
  quantity: string;
  at: Date;
  expiresAt: Date | null;
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

  /** What is found without a lock counts only if it is still so under it. */
  async lockAllBySku(skus: readonly string[]): Promise<Product[]> {
    const { rows } = await currentUnit().statement<{ id: string }>(
      'SELECT id FROM catalog.products WHERE sku = ANY($1) AND retired_at IS NULL',
      [skus],
    );
    const wanted = new Set(skus);
    const products = await this.lockAll(rows.map(({ id }) => id));
    return products.filter(({ sku, isRetired }) => !isRetired && wanted.has(sku));
  }

  /** In a second statement, because what was committed while the first one waited for its locks only a later one sees. */
  async lockAllWithHolds(ids: readonly string[], ownerId?: string): Promise<Product[]> {
    const all = await this.lockAll(ids);
    const unit = currentUnit();
    const products = all.filter(({ promised }) => !promised.knows(ownerId));
    const question: Uncounted = { products, ownerId };
    if (products.length) await unit.ask(Hold, question, (all, statement) => this.countHolds(all, unit, statement));
    return all;
  }

  /**
   * At one moment for all of them. Expiry is compared with the clock and not with now(), which is when the transaction
   * began, before it waited.
   */
  private async countHolds(questions: Uncounted[], unit: Unit, statement: Statement): Promise<Uncounted[]> {
    const products = new Map(questions.flatMap((each) => each.products.map((product) => [product.id, product])));
    const owners = questions.flatMap((each) => {
      return each.ownerId ? each.products.map((product) => ({ product, ownerId: each.ownerId! })) : [];
    });
    const { rows } = await statement<HoldRow>(
      `WITH clock AS MATERIALIZED (SELECT date_trunc('milliseconds', clock_timestamp()) AS at)
       SELECT p.id AS "productId", NULL AS "ownerId", h.units AS quantity, clock.at, NULL AS "expiresAt"
       FROM clock, unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL (
         SELECT coalesce(sum(quantity), 0) AS units FROM catalog.holds
         WHERE product_id = p.id AND expires_at > clock.at) h
       UNION ALL
       SELECT product_id, owner_id, quantity, clock.at, expires_at
       FROM clock, unnest($2::uuid[], $3::uuid[]) AS o (product_id, owner_id)
       JOIN catalog.holds USING (product_id, owner_id)`,
      [[...products.keys()], owners.map(({ product }) => product.id), owners.map(({ ownerId }) => ownerId)],
    );
    for (const { productId, ownerId, quantity, at } of rows)
      if (ownerId === null) products.get(productId)!.promised.learn({ at, units: Number(quantity) });
    const own = new Map(rows.map((row) => [`${row.productId} ${row.ownerId}`, row]));
    for (const { product, ownerId } of owners) {
      if (product.promised.knows(ownerId)) continue; // he asks twice
      const row = own.get(`${product.id} ${ownerId}`);
      const hold = row?.expiresAt ? Hold.of(product.id, ownerId, Number(row.quantity), row.expiresAt) : undefined;
      product.promised.learnOf(ownerId, hold);
      if (hold) unit.adopt(product, [hold]);
    }
    return questions;
  }

  async lock(id: string): Promise<Product> {
    const [product] = await this.lockAllWithHolds([id]);
    if (!product || product.isRetired) throw new ProductNotFound();
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
