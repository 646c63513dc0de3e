/** What may happen to an order that waits for its payment. */
export const KINDS = ['success', 'failure', 'cancel', 'timeout', 'refund'] as const;
export type Kind = (typeof KINDS)[number];

/** The end of an order when each of these takes effect before the next happens. */
export function firstDecides(so: readonly Kind[]): 'paid' | 'canceled' {
  const first = so.find((kind) => kind !== 'refund');
  return first === 'success' && so.lastIndexOf('refund') < so.indexOf('success') ? 'paid' : 'canceled';
}

/** Every order in which all of these can come, each so many times; equal ones are not distinguished. */
export function* interleavings<T>(left: Map<T, number>, so: T[] = []): Generator<T[]> {
  const next = [...left].filter(([, times]) => times > 0);
  if (!next.length) yield so;
  for (const [kind, times] of next) yield* interleavings(new Map(left).set(kind, times - 1), [...so, kind]);
}

/** Every order of these once. */
export const permutations = <T>(kinds: readonly T[]): T[][] => [
  ...interleavings(new Map(kinds.map((kind) => [kind, 1]))),
];

/** The items in an order that looks random and is the same in every run: a sample is its beginning. */
export function shuffled<T>(items: readonly T[]): T[] {
  let seed = 20_260_102;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  return items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
