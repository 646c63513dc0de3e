const AT_ONCE = 1_000;

/**
 * Repeats the batch until one deletes fewer rows than it may; returns the number of deleted rows. Each batch is a short
 * transaction of its own, so that no row stays locked for long.
 */
export async function sweepAll(batch: (atMost: number) => Promise<number>): Promise<number> {
  let swept = 0;
  for (let count = AT_ONCE; count === AT_ONCE; swept += count) count = await batch(AT_ONCE);
  return swept;
}
