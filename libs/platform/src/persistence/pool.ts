import { Pool, type PoolConfig, type QueryConfig } from 'pg';
import type { Settings } from '../config';
import { problems } from '../problems';
import { log, shedCounter, watchPool } from '../observability';
import { arrayLiteral } from './array-literal';
import { SteadyClient } from './steady-client';

/** Added to a statement's own limit, which a server that does not answer cannot enforce. */
export const SILENCE_MS = 1_000;

/**
 * For connections that prepare their statements, or take several at once. A prepared statement is planned once: the
 * plan must not depend on a table's size then, so every one goes by key. Before PostgreSQL 18 a plan that cannot avoid
 * what is off looks so expensive that it would be compiled at each use (jit).
 */
export const WRITING: PoolConfig = {
  options: [
    'plan_cache_mode=force_generic_plan',
    'enable_hashjoin=off',
    'enable_mergejoin=off',
    'enable_seqscan=off',
    'jit=off',
  ]
    .map((each) => `-c ${each}`)
    .join(' '),
  pipeline: true,
};

const names = new Map<string, string>();

/** The statement as the driver takes it: under a name, by which a connection prepares it once, if it `prepares`. */
export function queryOf(sql: string, parameters: readonly unknown[], prepares: boolean): QueryConfig {
  // There are as many names as the use cases have statements.
  const name = names.get(sql) ?? `s${names.size}`;
  names.set(sql, name);
  const values = parameters.map((value) =>
    Array.isArray(value) ? (arrayLiteral(value) ?? (value as unknown)) : value,
  );
  return { name: prepares ? name : undefined, text: sql, values };
}

/** The settings of TypeORM's connections, in milliseconds. Without its setting a wait is unbounded. */
export interface ConnectionSettings {
  DATABASE_URL?: string;
  DATABASE_POOL_SIZE?: number;
  LOCK_TIMEOUT?: number;
  STATEMENT_TIMEOUT?: number;
  POOL_TIMEOUT?: number;
}

/** TypeORM's options from {@link Settings}: the server, the pool, and a limit for every wait. */
export const connectionOptions = (settings: ConnectionSettings) => ({
  url: settings.DATABASE_URL,
  poolSize: settings.DATABASE_POOL_SIZE,
  extra: {
    // Set on the session, not by SET LOCAL in each transaction: that bounds reads too, and saves two statements.
    lock_timeout: settings.LOCK_TIMEOUT,
    statement_timeout: settings.STATEMENT_TIMEOUT,
    query_timeout: settings.STATEMENT_TIMEOUT && settings.STATEMENT_TIMEOUT + SILENCE_MS,
    idle_in_transaction_session_timeout: settings.STATEMENT_TIMEOUT,
    connectionTimeoutMillis: settings.POOL_TIMEOUT,
    Client: SteadyClient,
    ...WRITING,
  },
});

/** A pool beside TypeORM's, with its own name in the metrics. Its waits are bounded by the same settings. */
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

/**
 * Calls that may wait for each connection of a pool. It bounds the memory, and the usual wait to a fraction of a
 * second.
 */
const QUEUE_PER_CONNECTION = 50;

const countShed = shedCounter('connections');

/** Throws 503 when too many calls wait for a connection of the pool already. */
export function ensureCapacity({ waitingCount, options }: Pool): void {
  if (waitingCount < QUEUE_PER_CONNECTION * options.max) return;
  countShed();
  throw problems.unavailable();
}
