import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type CountedProduct, skuKey, StockService } from '@holdfast/catalog';
import { currentUnit, UnitOfWork } from '@holdfast/platform';
import { Clock, newId } from '@holdfast/shared-kernel';
import { type CountOutcome, type CountResult, meet, MOST_AHEAD } from '../domain/count';
import { CountAhead } from '../domain/inventory.errors';

/** The counts of another system, all taken at one moment. */
export interface Feed {
  source: string;
  /** ISO 8601; a millisecond is the smallest step. */
  takenAt: string;
  items: FeedItem[];
}

interface FeedItem {
  sku: string;
  onHand: number;
}

export interface FeedResult {
  id: string;
  /** In the order of the items. */
  rows: FeedRow[];
}

export interface FeedRow extends CountOutcome {
  sku: string;
}

interface OpenFeed extends Pick<Feed, 'source'> {
  id: string;
  takenAt: Date;
  actorId: string;
  /** Whether it was applied to the end before. */
  isDone: boolean;
}

/** Products that are locked at a time. Orders wait for no more than these, and for some 50 ms. */
const AT_ONCE = 200;

@Injectable()
export class InventoryFeeds {
  constructor(
    private readonly stock: StockService,
    private readonly clock: Clock,
  ) {}

  /**
   * Applies each count to its product, in transactions of {@link AT_ONCE} products. A feed that broke off goes on when
   * it is repeated; one that was applied changes nothing any more. Throws CountAhead.
   */
  async apply(feed: Feed, actorId: string): Promise<FeedResult> {
    const takenAt = new Date(feed.takenAt);
    if (takenAt.getTime() > this.clock.now().getTime() + MOST_AHEAD) throw new CountAhead(takenAt);
    const opened = { takenAt, actorId, source: feed.source, ...(await this.open(feed, takenAt, actorId)) };
    const outcomes = new Map<string, CountOutcome>();
    const named = new Set<string>();
    for (const key of feed.items.map(({ sku }) => skuKey(sku)))
      if (named.has(key)) outcomes.set(key, { result: 'duplicate-sku' });
      else named.add(key);
    const single = feed.items.filter(({ sku }) => !outcomes.has(skuKey(sku)));
    for (let first = 0; first < single.length; first += AT_ONCE)
      for (const [key, outcome] of await this.applySome(single.slice(first, first + AT_ONCE), opened))
        outcomes.set(key, outcome);
    const rows = feed.items.map(({ sku }) => ({ sku, ...outcomes.get(skuKey(sku))! }));
    if (!opened.isDone) await this.close(opened.id, rows);
    return { id: opened.id, rows };
  }

  /** A feed with the same source, moment and items is the same feed. */
  @UnitOfWork()
  private async open(
    { source, items }: Feed,
    takenAt: Date,
    actorId: string,
  ): Promise<Pick<OpenFeed, 'id' | 'isDone'>> {
    const counts = items.map(({ sku, onHand }) => JSON.stringify([skuKey(sku), onHand])).sort();
    const fingerprint = createHash('sha256').update(counts.join('\n')).digest('hex');
    const { rows } = await currentUnit().statement<Pick<OpenFeed, 'id' | 'isDone'>>(
      `INSERT INTO inventory_sync.feeds AS f (id, source, taken_at, fingerprint, items, sent_by)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (source, taken_at, fingerprint) DO UPDATE SET source = f.source
       RETURNING id, results IS NOT NULL AS "isDone"`,
      [newId(), source, takenAt, fingerprint, items.length, actorId],
    );
    return rows[0];
  }

  /** Locks the products in id order. The lock of a product is also that of its counts. Returns outcomes by SKU key. */
  @UnitOfWork()
  private async applySome(items: readonly FeedItem[], feed: OpenFeed): Promise<Map<string, CountOutcome>> {
    const skus = items.map(({ sku }) => sku);
    const products = await this.stock.lockForCounts(skus, feed.takenAt);
    const bySku = new Map(products.map((product) => [skuKey(product.sku), product]));
    const lastCounts = await this.lastCounts(products);
    const outcomes = new Map<string, CountOutcome>();
    const met: [FeedItem, CountedProduct, CountOutcome][] = [];
    for (const item of items) {
      const key = skuKey(item.sku);
      const product = bySku.get(key);
      if (!product) {
        outcomes.set(key, { result: 'unknown-sku' });
        continue;
      }
      const count = { onHand: item.onHand, takenAt: feed.takenAt };
      const outcome = meet(count, { ...product, lastCountAt: lastCounts.get(product.id) });
      outcomes.set(key, feed.isDone ? unapplied(outcome) : outcome);
      met.push([item, product, outcome]);
    }
    if (feed.isDone) return outcomes;
    const reason = `counted by ${feed.source} at ${feed.takenAt.toISOString()}`;
    for (const [, product, { result, after }] of met)
      if (result === 'applied') product.correct(after!, { feedId: feed.id, reason, actorId: feed.actorId });
    await this.note(met, feed);
    return outcomes;
  }

  /** When the last count was taken that is true of each product. */
  private async lastCounts(products: readonly CountedProduct[]): Promise<Map<string, Date>> {
    const { rows } = await currentUnit().statement<{ id: string; at: Date }>(
      `SELECT product_id AS id, max(taken_at) AS at FROM inventory_sync.counts
       WHERE product_id = ANY($1) AND NOT refused GROUP BY product_id`,
      [products.map(({ id }) => id)],
    );
    return new Map(rows.map(({ id, at }) => [id, at]));
  }

  /** Keeps each count that says something, with what we had when it was taken. */
  private async note(met: [FeedItem, CountedProduct, CountOutcome][], feed: OpenFeed): Promise<void> {
    const kept = met.filter(([, , { result }]) => result !== 'stale');
    if (!kept.length) return;
    await currentUnit().statement(
      `INSERT INTO inventory_sync.counts AS c (product_id, source, refused, sku, taken_at, theirs, ours, feed_id)
       SELECT id, $1, refused, sku, $2, theirs, ours, $3
       FROM unnest($4::uuid[], $5::boolean[], $6::text[], $7::bigint[], $8::bigint[]) AS n (id, refused, sku, theirs, ours)
       ON CONFLICT (product_id, source, refused) DO UPDATE
         SET sku = excluded.sku, taken_at = excluded.taken_at, theirs = excluded.theirs, ours = excluded.ours,
             feed_id = excluded.feed_id
         WHERE c.taken_at < excluded.taken_at OR (c.taken_at = excluded.taken_at AND c.theirs <> excluded.theirs)`,
      [
        ...[feed.source, feed.takenAt, feed.id],
        kept.map(([, { id }]) => id),
        kept.map(([, , { result }]) => result === 'below-zero'),
        kept.map(([, { sku }]) => sku),
        kept.map(([{ onHand }]) => onHand),
        kept.map(([, { onHandThen }]) => onHandThen),
      ],
    );
  }

  @UnitOfWork()
  private async close(id: string, rows: readonly FeedRow[]): Promise<void> {
    const results: Partial<Record<CountResult, number>> = {};
    for (const { result } of rows) results[result] = (results[result] ?? 0) + 1;
    await currentUnit().statement('UPDATE inventory_sync.feeds SET results = $2 WHERE id = $1 AND results IS NULL', [
      id,
      JSON.stringify(results),
    ]);
  }

  /** A product that is sold no more is counted no more. */
  @UnitOfWork()
  async forget(productId: string): Promise<void> {
    await currentUnit().statement('DELETE FROM inventory_sync.counts WHERE product_id = $1', [productId]);
  }
}

/** What a feed that was applied before says of a product now. */
const unapplied = (outcome: CountOutcome): CountOutcome =>
  outcome.result === 'applied' ? { result: 'unchanged', before: outcome.before, after: outcome.before } : outcome;
