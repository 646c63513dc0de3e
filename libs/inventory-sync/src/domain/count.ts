/** What other systems may be ahead of our clock, in milliseconds. */
export const MOST_AHEAD = 300_000;

export const COUNT_RESULTS = ['applied', 'unchanged', 'unknown-sku', 'duplicate-sku', 'stale', 'below-zero'] as const;
export type CountResult = (typeof COUNT_RESULTS)[number];

/** What became of one count. */
export interface CountOutcome {
  result: CountResult;
  /** Units on hand before and after. */
  before?: number;
  after?: number;
  /** Units that were sold since and are not in the count. */
  missing?: number;
}

export interface Count {
  onHand: number;
  takenAt: Date;
}

/** A product under its lock, as a count meets it. */
export interface Stock {
  createdAt: Date;
  onHand: number;
  /** The sum of the movements after the count, the corrections of feeds left out. */
  movedSince: number;
  /** The latest count that was applied or found unchanged, of whatever source. */
  lastCountAt?: Date;
}

/**
 * The count has every movement until it was taken, one at that instant included. So the stock is the count and what has
 * moved since. A count that is older than the last one, or than the product, says nothing; one that would leave less
 * than nothing is refused.
 */
export function meet({ onHand: counted, takenAt }: Count, stock: Stock): CountOutcome {
  const { createdAt, onHand: before, movedSince, lastCountAt } = stock;
  if (takenAt < createdAt || (lastCountAt && takenAt < lastCountAt)) return { result: 'stale' };
  const after = counted + movedSince;
  if (after < 0) return { result: 'below-zero', before, missing: -after };
  return { result: after === before ? 'unchanged' : 'applied', before, after };
}
