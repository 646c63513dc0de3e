import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

/** The five-character SQLSTATE of a PostgreSQL error, or the code of a connection error (ECONNREFUSED …). */
export function sqlState(error: unknown): string | undefined {
  const { code } = driverErrorOf(error);
  return typeof code === 'string' ? code : undefined;
}

const driverErrorOf = (error: unknown): { code?: unknown; constraint?: string } =>
  ((error instanceof QueryFailedError ? error.driverError : error) ?? {}) as { code?: unknown; constraint?: string };

/** serialization_failure and deadlock_detected: the whole transaction may simply be tried again. */
export const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(sqlState(error) ?? '');

export const isLockTimeout = (error: unknown): boolean => sqlState(error) === '55P03';

/** Others are in the way of this statement, and of no other. */
export const isWaitTooLong = (error: unknown): boolean =>
  isRetryable(error) || isLockTimeout(error) || sqlState(error) === '57014';

/** The server has not answered: what the statement did is not known. */
export const isConnectionLoss = (error: unknown): boolean => !/^(?!08|57P)[0-9A-Z]{5}$/.test(sqlState(error) ?? '');

/**
 * No other statement on this connection, or on another to the same server, will fare better: the server has fallen silent,
 * or the session may only read, as on a primary that was replaced.
 */
export const isDeadEnd = (error: unknown): boolean =>
  sqlState(error) === '25006' || (error instanceof Error && /Query read timeout/.test(error.message));

/** The name of the UNIQUE or CHECK constraint that refused a row. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!['23505', '23514'].includes(sqlState(error) ?? '')) return undefined;
  return driverErrorOf(error).constraint;
}

/**
 * True when the database could not serve the statement now, but may soon: a wait that hit its limit, a lost or refused
 * connection, a server that starts, stops or is read-only. The client may retry: 503.
 */
export function isUnavailable(error: unknown): boolean {
  const code = sqlState(error) ?? '';
  if (/^(08|53|57P)/.test(code) || ['55P03', '57014', '25006', '25P03', '40001', '40P01'].includes(code)) return true;
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].includes(code))
    return true;
  // TypeORM's way to say that the connection was lost between two statements of a transaction.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  const message = error instanceof Error ? error.message : '';
  // pg gives these no code: the pool's wait ran out, the connection ended under a query, the client broke earlier.
  return /timeout exceeded when trying to connect|Connection terminated|not queryable|Query read timeout/i.test(
    message,
  );
}
