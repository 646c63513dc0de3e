import { Pool, type PoolConfig } from 'pg';
import type { Settings } from '../config/settings';
import { problems } from '../http/http-problem';
import { log } from '../observability/logger';
import { noteShed, watchPool } from '../observability/metrics';
import { SteadyClient } from './steady-client';

/** Beyond a statement's own limit: a server that has fallen silent can keep that no longer. */
export const SILENCE_MS = 1_000;

/** A pool beside TypeORM's, under a name of its own in the metrics; to the same database unless the config names another. Its waits are bounded likewise. */
export function openPool(name: string, settings: Settings, config: PoolConfig): Pool {
  const pool = new Pool({
    connectionString: settings.DATABASE_URL,
    application_name: 'holdfast',
    Client: SteadyClient,
    statement_timeout: settings.STATEMENT_TIMEOUT,
    query_timeout: settings.STATEMENT_TIMEOUT + SILENCE_MS,
    connectionTimeoutMillis: settings.POOL_TIMEOUT,
    ...config,
  });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle connection was lost'));
  watchPool(name, pool);
  return pool;
}

/** Who may wait for each connection of a pool. A usual wait is then a fraction of a second, and memory is bounded. */
const QUEUE_PER_CONNECTION = 50;

/** Throws 503 when so many wait for a connection that one more is better told at once to come again. */
export function refuseCrowd({ waitingCount, options }: Pool): void {
  if (waitingCount < QUEUE_PER_CONNECTION * options.max) return;
  noteShed('connections');
  throw problems.unavailable();
}
