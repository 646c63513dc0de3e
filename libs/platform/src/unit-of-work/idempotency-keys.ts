import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../config/settings';
import { HttpProblem } from '../http/http-problem';
import { isLockTimeout } from '../persistence/database-errors';
import type { Statement } from '../persistence/set-writer';
import { sweepAll } from '../persistence/sweep';

/** One request under an `Idempotency-Key`. The scope of a key is (customer, operation, key). */
export interface IdempotentCall {
  readonly customerId: string;
  readonly operation: string;
  readonly key: string;
  /** SHA-256 over the canonical body and the path: the same key with another request is refused. */
  readonly fingerprint: string;
  /** How the call ended: its effect was committed now, or the answer of the first time was found. */
  outcome?: 'fresh' | 'replayed';
}

/** What has become of a claim: the call may run, was served before, may not run, or runs at this moment. */
export type Claim = 'claimed' | { response: unknown } | { refusal: HttpProblem } | 'in flight';

interface Scope {
  customer_id: string;
  operation: string;
  key: string;
}

interface Stored {
  fingerprint: string;
  response: unknown;
}

const LOCK_ID = `hashtextextended(c.customer_id::text || ' ' || c.operation || ' ' || c.key, 0)`;

const scopeOf = ({ customerId, operation, key }: IdempotentCall): Scope => ({
  customer_id: customerId,
  operation,
  key,
});

const nameOf = ({ customer_id, operation, key }: Scope): string => `${customer_id.toLowerCase()} ${operation} ${key}`;

/** Calls of one name are the same call, repeated. */
export const scopeNameOf = (call: IdempotentCall): string => nameOf(scopeOf(call));

/** As three columns. */
const scopesOf = (calls: IdempotentCall[]): [string[], string[], string[]] => [
  calls.map(({ customerId }) => customerId),
  calls.map(({ operation }) => operation),
  calls.map(({ key }) => key),
];

function claimOf(call: IdempotentCall, stored: Map<string, Stored>, onTwin: 'wait' | 'skip locked'): Claim {
  const found = stored.get(scopeNameOf(call));
  // After a wait it was there, but has expired and was swept between the two statements: the client repeats.
  if (!found) return onTwin === 'wait' ? { refusal: new IdempotencyKeyInUse() } : 'in flight';
  if (found.fingerprint !== call.fingerprint) return { refusal: new IdempotencyKeyReused() };
  return { response: found.response };
}

/**
 * The row of an idempotency key lives and dies with the effect it guards: written in the same transaction, gone when
 * that rolls back. So a refused or failed request leaves no trace, and its key may be used again.
 */
@Injectable()
export class IdempotencyKeys {
  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
  ) {}

  /** Whether the call would only be a repetition: of one that is answered, or of one that runs at this moment. */
  async repeats(call: IdempotentCall, statement: Statement): Promise<'answered' | 'in flight' | undefined> {
    const { rows } = await statement<{ fingerprint: string | null; isFree: boolean }>(
      `SELECT k.fingerprint, pg_try_advisory_xact_lock(${LOCK_ID}) AS "isFree"
       FROM (VALUES ($1::uuid, $2, $3)) AS c(customer_id, operation, key)
       LEFT JOIN platform.idempotency_keys k ON k.customer_id = c.customer_id AND k.operation = c.operation
         AND k.key = c.key AND k.expires_at > clock_timestamp()`,
      [call.customerId, call.operation, call.key],
    );
    const [{ fingerprint, isFree }] = rows;
    if (fingerprint === call.fingerprint) return 'answered';
    return isFree ? undefined : 'in flight';
  }

  /**
   * Claims the keys by their INSERT. Who has a key in flight holds an advisory lock on it too: a twin waits for that (at
   * most the lock timeout) or, with 'skip locked', is told so at once. A lock and a row, because a row alone that is not
   * committed yet cannot be skipped.
   */
  async claim(
    calls: IdempotentCall[],
    statement: Statement,
    onTwin: 'wait' | 'skip locked',
  ): Promise<Map<IdempotentCall, Claim>> {
    if (!calls.length) return new Map();
    const lock =
      onTwin === 'wait' ? `pg_advisory_xact_lock(${LOCK_ID}) IS NOT NULL` : `pg_try_advisory_xact_lock(${LOCK_ID})`;
    const scopes = scopesOf(calls);
    const { rows: inserted } = await statement<Scope>(
      `INSERT INTO platform.idempotency_keys AS k (customer_id, operation, key, fingerprint, expires_at)
       SELECT c.customer_id, c.operation, c.key, c.fingerprint, clock_timestamp() + $5 * interval '1 millisecond'
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS c(customer_id, operation, key, fingerprint)
       WHERE ${lock}
       ON CONFLICT (customer_id, operation, key) DO UPDATE
         SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, response = NULL
         WHERE k.expires_at <= clock_timestamp()
       RETURNING k.customer_id, k.operation, k.key`,
      [...scopes, calls.map(({ fingerprint }) => fingerprint), this.settings.IDEMPOTENCY_TTL],
    ).catch((error: unknown) => {
      throw onTwin === 'wait' && isLockTimeout(error) ? new IdempotencyKeyInUse() : error;
    });
    const claimed = new Set(inserted.map(nameOf));
    const others = calls.filter((call) => !claimed.has(scopeNameOf(call)));
    const stored = await this.stored(others, statement);
    return new Map(calls.map((call) => [call, others.includes(call) ? claimOf(call, stored, onTwin) : 'claimed']));
  }

  /** Stores the answers beside their effects. */
  async complete(served: { call: IdempotentCall; response: unknown }[], statement: Statement): Promise<void> {
    if (!served.length) return;
    await statement(
      `UPDATE platform.idempotency_keys k SET response = d.response
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[]) AS d(customer_id, operation, key, response)
       WHERE k.customer_id = d.customer_id AND k.operation = d.operation AND k.key = d.key`,
      [...scopesOf(served.map(({ call }) => call)), served.map(({ response }) => JSON.stringify(response ?? null))],
    );
  }

  /** Of calls that were refused while others in their transaction were served. */
  async release(calls: IdempotentCall[], statement: Statement): Promise<void> {
    if (!calls.length) return;
    await statement(
      `DELETE FROM platform.idempotency_keys k
       USING unnest($1::uuid[], $2::text[], $3::text[]) AS d(customer_id, operation, key)
       WHERE k.customer_id = d.customer_id AND k.operation = d.operation AND k.key = d.key`,
      scopesOf(calls),
    );
  }

  private async stored(calls: IdempotentCall[], statement: Statement): Promise<Map<string, Stored>> {
    if (!calls.length) return new Map();
    const { rows } = await statement<Scope & Stored>(
      `SELECT k.customer_id, k.operation, k.key, k.fingerprint, k.response
       FROM unnest($1::uuid[], $2::text[], $3::text[]) AS c(customer_id, operation, key)
       CROSS JOIN LATERAL (SELECT * FROM platform.idempotency_keys k
         WHERE k.customer_id = c.customer_id AND k.operation = c.operation AND k.key = c.key LIMIT 1) k`,
      scopesOf(calls),
    );
    return new Map(rows.map((row) => [nameOf(row), row]));
  }

  /** Deletes keys past their time, in small transactions. A key in flight is not yet visible, so it is never taken. */
  sweep(): Promise<number> {
    return sweepAll(async (atMost) => {
      const [, count] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM platform.idempotency_keys WHERE (customer_id, operation, key) IN (
           SELECT customer_id, operation, key FROM platform.idempotency_keys
           WHERE expires_at <= clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [atMost],
      );
      return count;
    });
  }
}

/** A programming error: the key guards the first unit of work of a request, and would not guard a second. */
export class KeyIsUsedUp extends Error {
  constructor() {
    super('A request under an Idempotency-Key has exactly one unit of work.');
  }
}

export class IdempotencyKeyReused extends HttpProblem {
  constructor() {
    super(409, 'idempotency-key-reused', 'This Idempotency-Key was used for another request: take a new one.');
  }
}

export class IdempotencyKeyInUse extends HttpProblem {
  constructor() {
    const detail = 'A request with this Idempotency-Key is still running: repeat it shortly.';
    super(409, 'idempotency-key-in-use', detail, {}, { 'retry-after': '1' });
  }
}
