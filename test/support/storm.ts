import type { Answer, Json } from './api';

/** All are released at one gate; at most `inFlight` at a time where a number is given. */
export async function storm<T>(jobs: (() => Promise<T>)[], inFlight = jobs.length): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const runner = async () => {
    while (next < jobs.length) {
      const index = next++;
      results[index] = await jobs[index]();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, runner));
  return results;
}

/** How often each status was answered. */
export const tally = (answers: Answer<Json>[]): Record<number, number> =>
  answers.reduce<Record<number, number>>(
    (counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }),
    {},
  );
