import { Injectable } from '@nestjs/common';
import { currentUnit, type Statement } from '@holdfast/platform';
import { ProductNotFound } from '../domain/catalog.errors';
import { Hold } from '../domain/hold';
import { Product } from '../domain/product';
import { ProductRepository } from '../domain/product.repository';

interface Question {
  productIds: string[];
  ownerId?: string;
}

/** Of one product, at one moment for all of them: the units in live holds or, with an owner, his own hold, alive or not. */
interface CountedRow {
  productId: string;
  at: Date;
  units: string;
  ownerId: string | null;
  quantity: number;
  expiresAt: Date;
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
    const unit = currentUnit();
    const uncounted = products.filter(({ promised }) => !promised.knows(ownerId));
    if (!uncounted.length) return products;
    const question = { productIds: uncounted.map(({ id }) => id), ownerId };
    const counted = await unit.ask('holds', question, async (questions, statement) => {
      const rows = await countHolds(questions, statement);
      return questions.map(() => rows);
    });
    for (const product of uncounted) {
      const { at, units } = counted.get(product.id)!;
      const found = counted.get(`${product.id} ${ownerId}`);
      const own = found && Hold.of(product.id, found.ownerId!, found.quantity, found.expiresAt);
      product.promised.learn({ at, units: Number(units) }, ownerId, own);
      if (own) unit.adopt(product, [own]);
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

/** By product, and by product and owner. */
async function countHolds(questions: Question[], statement: Statement): Promise<Map<string, CountedRow>> {
  const asked = questions.flatMap(({ productIds, ownerId }) =>
    ownerId === undefined ? [] : productIds.map((productId) => ({ productId, ownerId })),
  );
  const { rows } = await statement<CountedRow>(
    `WITH clock AS MATERIALIZED (SELECT date_trunc('milliseconds', clock_timestamp()) AS at)
     SELECT p.id AS "productId", clock.at, h.units, NULL AS "ownerId", NULL AS quantity, NULL AS "expiresAt"
     FROM clock, unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL (
       SELECT coalesce(sum(quantity) FILTER (WHERE expires_at > clock.at), 0) AS units
       FROM catalog.holds WHERE product_id = p.id) h
     UNION ALL
     SELECT a.product_id, clock.at, NULL, h.owner_id, h.quantity, h.expires_at
     FROM clock, unnest($2::uuid[], $3::uuid[]) AS a (product_id, owner_id) CROSS JOIN LATERAL (
       SELECT owner_id, quantity, expires_at FROM catalog.holds
       WHERE product_id = a.product_id AND owner_id = a.owner_id LIMIT 1) h`,
    [
      [...new Set(questions.flatMap(({ productIds }) => productIds))],
      asked.map(({ productId }) => productId),
      asked.map(({ ownerId }) => ownerId),
    ],
  );
  return new Map(rows.map((row) => [row.ownerId ? `${row.productId} ${row.ownerId}` : row.productId, row]));
}
