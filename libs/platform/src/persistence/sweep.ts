const AT_ONCE = 1_000;

/**
 * Repeats a batch, a small transaction each, until one finds less than it may take; returns how many it was in all. No
 * row is locked for longer than one of them lasts.
 */
export async function sweepAll(batch: (atMost: number) => Promise<number>): Promise<number> {
  let swept = 0;
  for (let count = AT_ONCE; count === AT_ONCE; swept += count) count = await batch(AT_ONCE);
  return swept;
}
