import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from './database';

/** Long enough for a machine that does ten other things; a test that waits for a condition ends as soon as it holds. */
const PATIENCE_MS = 60_000;
/** Looks often at first, and then less often: what is waited for needs the processor more than the looking does. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 250;
const laterThan = (pause: number): number => Math.min(1.5 * pause, LAST_LOOK_MS);

/** Repeats the expectations until they hold; what still does not in the end is the test's failure. */
export async function eventually(expectations: () => Promise<void>, within = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + within;
  for (let pause = FIRST_LOOK_MS; ; pause = laterThan(pause)) {
    try {
      return await expectations();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(pause);
  }
}

/** Waits until the condition holds. The failure shows the condition's own text. */
export async function until(holds: () => Promise<boolean> | boolean, within = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + within;
  for (let pause = FIRST_LOOK_MS; !(await holds()); pause = laterThan(pause)) {
    if (Date.now() > deadline) throw new Error(`Not within ${within / 1_000} s: ${String(holds)}`);
    await sleep(pause);
  }
}

/** Waits until so many sessions of the database wait for a lock. */
export const untilBlocked = (database: Pick<TestDatabase, 'query'>, sessions = 1): Promise<void> =>
  eventually(async () => {
    const blocked = await database.query(
      `SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(blocked.length).toBeGreaterThanOrEqual(sessions);
  });
