import { Pool, type PoolConfig } from 'pg';
import type { Settings } from '../config';
import { problems } from '../problems';
import { log, noteShed, watchPool } from '../observability';
import { SteadyClient } from './steady-client';

/** Beyond a statement's own limit: a server that has fallen silent can keep that no longer. */
export const SILENCE_MS = 1_000;

/** The settings that TypeORM's connections are opened with; milliseconds. Without a limit a wait is unbounded. */
export interface ConnectionSettings {
  DATABASE_URL?: string;
  DATABASE_POOL_SIZE?: number;
  LOCK_TIMEOUT?: number;
  STATEMENT_TIMEOUT?: number;
  POOL_TIMEOUT?: number;
}

/** TypeORM's part of {@link Settings}: the server, the pool, and a bound for every wait. */
export const connectionOptions = (settings: ConnectionSettings) => ({
  url: settings.DATABASE_URL,
  poolSize: settings.DATABASE_POOL_SIZE,
  extra: {
    // On the session and not by SET LOCAL in each transaction: reads are bounded too, and an order saves two statements.
    lock_timeout: settings.LOCK_TIMEOUT,
    statement_timeout: settings.STATEMENT_TIMEOUT,
    query_timeout: settings.STATEMENT_TIMEOUT && settings.STATEMENT_TIMEOUT + SILENCE_MS,
    idle_in_transaction_session_timeout: settings.STATEMENT_TIMEOUT,
    connectionTimeoutMillis: settings.POOL_TIMEOUT,
    Client: SteadyClient,
  },
});

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
export function ensureCapacity({ waitingCount, options }: Pool): void {
  if (waitingCount < QUEUE_PER_CONNECTION * options.max) return;
  noteShed('connections');
  throw problems.unavailable();
}
