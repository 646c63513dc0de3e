import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

/** The five-character SQLSTATE of a PostgreSQL error, or the code of a connection error (ECONNREFUSED …). */
export function sqlState(error: unknown): string | undefined {
  const { code } = driverErrorOf(error);
  return typeof code === 'string' ? code : undefined;
}

const driverErrorOf = (error: unknown): { code?: unknown; constraint?: string } =>
  ((error instanceof QueryFailedError ? error.driverError : error) ?? {}) as { code?: unknown; constraint?: string };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

/** serialization_failure and deadlock_detected: the whole transaction may be retried. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(sqlState(error) ?? '');

export const isLockTimeout = (error: unknown): boolean => sqlState(error) === '55P03';

/** Other transactions delay this statement. The database itself is available. */
export const isWaitTooLong = (error: unknown): boolean =>
  isRetryable(error) || isLockTimeout(error) || sqlState(error) === '57014';

/** The server has not answered: it is unknown what the statement did. */
export const isConnectionLoss = (error: unknown): boolean => !/^(?!08|57P)[0-9A-Z]{5}$/.test(sqlState(error) ?? '');

/**
 * Every statement on every connection to this server would fail: the server does not answer, or it is read-only, as a
 * primary is after a failover.
 */
export const isServerUnusable = (error: unknown): boolean =>
  sqlState(error) === '25006' || /Query read timeout/.test(messageOf(error));

/**
 * Every repetition on this connection would fail: the server is unusable, or it no longer has the prepared statement,
 * or has prepared it for a table that was changed since.
 */
export const isConnectionUnusable = (error: unknown): boolean =>
  isServerUnusable(error) ||
  sqlState(error) === '26000' ||
  (sqlState(error) === '0A000' && /cached plan/.test(messageOf(error)));

/** The name of the UNIQUE or CHECK constraint that refused a row. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!['23505', '23514'].includes(sqlState(error) ?? '')) return undefined;
  return driverErrorOf(error).constraint;
}

/**
 * The SQLSTATEs that describe the database and not the statement. By class: connection, authorization, missing
 * database, rollback, resources, object state, operator, system, snapshot, configuration and internal error. Then
 * single ones.
 */
const STATES_OF_THE_DATABASE = /^((08|28|3D|40|53|55|57|58|72|F0|XX)...|25006|25P0[234]|26000|0A000|42501)$/;

const CONNECTION_CODES = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'];

/** True when the database could not serve the statement now, but may later. The client may retry: 503. */
export function isUnavailable(error: unknown): boolean {
  const code = sqlState(error) ?? '';
  if (STATES_OF_THE_DATABASE.test(code) || CONNECTION_CODES.includes(code)) return true;
  // TypeORM throws this when the connection is lost between two statements of a transaction.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  // pg gives these errors no code: the pool's wait ran out, or the connection ended during or before the statement.
  return /timeout exceeded when trying to connect|Connection terminated|not queryable|Query read timeout/i.test(
    messageOf(error),
  );
}
