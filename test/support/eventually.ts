import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats the expectations until they hold; what still does not in the end is the test's failure. */
export async function eventually(expectations: () => Promise<void>, within = 15_000): Promise<void> {
  for (const deadline = Date.now() + within; ; await sleep(50)) {
    try {
      return await expectations();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
