/** Units were sold twice or lost, or an answer is not what it must be, so no figures are reported. */
export class PromiseBroken extends Error {}

/** Throws {@link PromiseBroken} after an unexpected answer, or when there was none: such a run has no figure. */
export function ensureAsExpected(
  name: string,
  { others, perSecond = 1 }: { others: Record<string, number>; perSecond?: number },
): void {
  const found = Object.entries(others).map(([what, count]) => `${count} × ${what}`);
  if (!perSecond) found.push('no answer in time');
  if (found.length) throw new PromiseBroken(`Unexpected answers to "${name}": ${found.join(', ')}`);
}
