/** What one run, or the median of several, came to. Latencies in milliseconds. */
export interface Figure {
  perSecond: number;
  p50: number;
  p99: number;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of sorted values: the smallest that `share` of them do not exceed. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

export function figureOf(latencies: Float64Array, seconds: number): Figure {
  latencies.sort();
  const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  return { perSecond: latencies.length / seconds, p50, p99 };
}

/** Each of its members by itself: the middle rate may be of another run than the middle latency. */
export function medianOf(runs: Figure[]): Figure {
  const middle = (of: keyof Figure) => median(runs.map((run) => run[of]));
  return { perSecond: middle('perSecond'), p50: middle('p50'), p99: middle('p99') };
}

export type Target = { atLeast: number } | { atMost: number };

export const isMet = (ratio: number, target: Target): boolean =>
  'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
