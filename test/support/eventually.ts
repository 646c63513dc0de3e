import { setTimeout as sleep } from 'node:timers/promises';
import type { TestDatabase } from './database';

/** Long enough for a machine that does ten other things; a test that waits for a condition ends as soon as it holds. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Repeats the expectations until they hold; what still does not in the end is the test's failure. */
export async function eventually(expectations: () => Promise<void>, within = PATIENCE_MS): Promise<void> {
  for (const deadline = Date.now() + within; ; await sleep(LOOK_EVERY_MS)) {
    try {
      return await expectations();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Waits until the condition holds. The failure shows the condition's own text. */
export async function until(holds: () => Promise<boolean> | boolean, within = PATIENCE_MS): Promise<void> {
  for (const deadline = Date.now() + within; !(await holds()); await sleep(LOOK_EVERY_MS))
    if (Date.now() > deadline) throw new Error(`Not within ${within / 1_000} s: ${String(holds)}`);
}

/** Waits until so many sessions of the database wait for a lock. */
export const untilBlocked = (database: Pick<TestDatabase, 'query'>, sessions = 1): Promise<void> =>
  eventually(async () => {
    const blocked = await database.query(
      `SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(blocked.length).toBeGreaterThanOrEqual(sessions);
  });
