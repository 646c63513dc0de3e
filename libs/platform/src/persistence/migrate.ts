import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';
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
      await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
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
