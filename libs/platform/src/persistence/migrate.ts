import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { log } from '../observability';
import { isUnavailable } from '../problems';

/** Any fixed number. Every process that migrates the database takes the advisory lock of this number. */
const MIGRATION_LOCK = 4_653_321_001;
const PATIENCE_MS = 30_000;

/**
 * Brings the schema up to date. Processes that start together take turns: the first applies what is missing, the others
 * find nothing to do. Waits up to 30 s for a database that is still starting.
 */
export async function runMigrations(options: DataSourceOptions): Promise<void> {
  const dataSource = await connect({ ...options, ...{ poolSize: 2, extra: {} } } as DataSourceOptions);
  try {
    const lock = dataSource.createQueryRunner();
    try {
      await takeTurn(lock);
      const applied = await dataSource.runMigrations({ transaction: 'each' });
      applied.forEach(({ name }) => log.info({ migration: name }, 'migration applied'));
    } finally {
      // A session lock outlives the release to the pool. A lost connection has unlocked itself.
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
      await lock.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

/**
 * Polls, since a statement that waits for the lock holds a snapshot, and an index that is built concurrently waits for
 * all snapshots: the two would wait for each other.
 */
async function takeTurn(runner: QueryRunner): Promise<void> {
  const sql = 'SELECT pg_try_advisory_lock($1) AS locked';
  for (;;) {
    const [{ locked }] = (await runner.query(sql, [MIGRATION_LOCK])) as { locked: boolean }[];
    if (locked) return;
    await sleep(100);
  }
}

async function connect(options: DataSourceOptions): Promise<DataSource> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(500)) {
    try {
      return await new DataSource(options).initialize();
    } catch (error) {
      if (Date.now() > deadline || !isUnavailable(error)) throw error;
      log.warn({ err: error }, 'the database is not there yet: trying again');
    }
  }
}
