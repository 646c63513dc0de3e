import { Pool, type PoolConfig } from 'pg';
import type { Settings } from '../config/settings';
import { log } from '../observability/logger';
import { watchPool } from '../observability/metrics';
import { SteadyClient } from './steady-client';

/** A pool beside TypeORM's, under a name of its own in the metrics; to the same database unless the config names another. Its waits are bounded likewise. */
export function openPool(name: string, settings: Settings, config: PoolConfig): Pool {
  const pool = new Pool({
    connectionString: settings.DATABASE_URL,
    application_name: 'holdfast',
    Client: SteadyClient,
    statement_timeout: settings.STATEMENT_TIMEOUT,
    connectionTimeoutMillis: settings.POOL_TIMEOUT,
    ...config,
  });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle connection was lost'));
  watchPool(name, pool);
  return pool;
}
