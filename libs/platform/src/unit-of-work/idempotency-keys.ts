import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import type { IdempotentCall } from '../observability';
import { HttpProblem, isLockTimeout } from '../problems';
import { type Statement, sweepAll } from '../persistence';

/** What has become of a claim: the call may run, was served before, may not run, or runs at this moment. */
export type Claim = 'claimed' | { response: unknown } | { refusal: HttpProblem } | 'in flight';

interface Stored {
  fingerprint: string;
  response: unknown;
}

const LOCK_ID = `hashtextextended(c.customer_id::text || ' ' || c.operation || ' ' || c.key, 0)`;
const CALLS = 'unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS c(customer_id, operation, key, n)';
const OF_CALL = 'k.customer_id = c.customer_id AND k.operation = c.operation AND k.key = c.key';
const IS_LIVE = 'k.expires_at > clock_timestamp()';

/** Calls of one name are the same call, repeated. */
export const scopeNameOf = ({ customerId, operation, key }: IdempotentCall): string =>
  `${customerId.toLowerCase()} ${operation} ${key}`;

/** As three columns. */
const scopesOf = (calls: IdempotentCall[]): [string[], string[], string[]] => [
  calls.map(({ customerId }) => customerId),
  calls.map(({ operation }) => operation),
  calls.map(({ key }) => key),
];

function claimOf({ fingerprint }: IdempotentCall, isLocked: boolean, stored: Stored | undefined): Claim {
  // What is stored is final, even while somebody else who repeats the call has the lock.
  if (!stored) return isLocked ? 'claimed' : 'in flight';
  return stored.fingerprint === fingerprint ? { response: stored.response } : { refusal: new IdempotencyKeyReused() };
}

/**
 * The row of an idempotency key is written in the transaction of the effect it guards, with the answer, when there is
 * one. So a refused or failed request leaves no trace, and its key may be used again.
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
       LEFT JOIN platform.idempotency_keys k ON ${OF_CALL} AND ${IS_LIVE}`,
      [call.customerId, call.operation, call.key],
    );
    const [{ fingerprint, isFree }] = rows;
    if (fingerprint === call.fingerprint) return 'answered';
    return isFree ? undefined : 'in flight';
  }

  /**
   * Claims the keys by an advisory lock on each, until the transaction ends. Who is under way with a key has that lock: he
   * is waited for (at most the lock timeout) or, with 'skip locked', it is told at once. What he has left behind is looked
   * up by a statement of its own, as one that began before he was done does not see it.
   */
  async claim(
    calls: IdempotentCall[],
    statement: Statement,
    onTwin: 'wait' | 'skip locked',
  ): Promise<Map<IdempotentCall, Claim>> {
    if (!calls.length) return new Map();
    const scopes = scopesOf(calls);
    const lock =
      onTwin === 'wait' ? `pg_advisory_xact_lock(${LOCK_ID}) IS NOT NULL` : `pg_try_advisory_xact_lock(${LOCK_ID})`;
    const locking = statement<{ n: string }>(`SELECT c.n FROM ${CALLS} WHERE ${lock}`, scopes).catch(
      (error: unknown) => {
        throw onTwin === 'wait' && isLockTimeout(error) ? new IdempotencyKeyInUse() : error;
      },
    );
    // Who waits for nobody sends both at once.
    if (onTwin === 'wait') await locking;
    const looking = statement<Stored & { n: string }>(
      `SELECT c.n, k.fingerprint, k.response FROM ${CALLS}
       CROSS JOIN LATERAL (SELECT * FROM platform.idempotency_keys k WHERE ${OF_CALL} AND ${IS_LIVE} LIMIT 1) k`,
      scopes,
    );
    const [locked, found] = await Promise.all([locking, looking]);
    const isLocked = new Set(locked.rows.map(({ n }) => Number(n)));
    const stored = new Map(found.rows.map((row) => [Number(row.n), row]));
    return new Map(calls.map((call, i) => [call, claimOf(call, isLocked.has(i + 1), stored.get(i + 1))]));
  }

  /** Stores the answers of claimed calls beside their effects. An expired row under a key makes room. */
  async complete(served: { call: IdempotentCall; response: unknown }[], statement: Statement): Promise<void> {
    if (!served.length) return;
    const calls = served.map(({ call }) => call);
    const { affected } = await statement(
      `INSERT INTO platform.idempotency_keys AS k (customer_id, operation, key, fingerprint, response, expires_at)
       SELECT c.*, clock_timestamp() + $6 * interval '1 millisecond'
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::json[]) AS c
       ON CONFLICT (customer_id, operation, key) DO UPDATE
         SET fingerprint = excluded.fingerprint, response = excluded.response, expires_at = excluded.expires_at
         WHERE NOT (${IS_LIVE})`,
      [
        ...scopesOf(calls),
        calls.map(({ fingerprint }) => fingerprint),
        served.map(({ response }) => JSON.stringify(response ?? null)),
        this.settings.IDEMPOTENCY_TTL,
      ],
    );
    if (affected !== served.length) throw new Error('an idempotency key was used by two calls at once');
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
