import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import type { IdempotentCall } from '../observability';
import { type HttpProblem, isLockTimeout, problems } from '../problems';
import { type Statement, sweepAll } from '../persistence';
import { currentUnit } from './unit';

/** The result of a claim: the call may run, was answered before, is refused, or runs at this moment. */
export type Claim = 'claimed' | { response: unknown } | { refusal: HttpProblem } | 'in flight';

interface Stored {
  fingerprint: string;
  response: unknown;
}

const LOCK_ID = `hashtextextended(c.customer_id::text || ' ' || c.operation || ' ' || c.key, 0)`;
const CALLS = 'unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS c(customer_id, operation, key, n)';
const OF_CALL = 'k.customer_id = c.customer_id AND k.operation = c.operation AND k.key = c.key';
const IS_LIVE = 'k.expires_at > clock_timestamp()';

/** Calls with the same name repeat each other. */
export const scopeNameOf = ({ customerId, operation, key }: IdempotentCall): string =>
  `${customerId.toLowerCase()} ${operation} ${key}`;

/** The scopes of the calls, as three columns. */
const scopesOf = (calls: IdempotentCall[]): [string[], string[], string[]] => [
  calls.map(({ customerId }) => customerId),
  calls.map(({ operation }) => operation),
  calls.map(({ key }) => key),
];

function claimOf({ fingerprint }: IdempotentCall, isLocked: boolean, stored: Stored | undefined): Claim {
  // A stored answer is final, even while another repetition of the call holds the lock.
  if (!stored) return isLocked ? 'claimed' : 'in flight';
  return stored.fingerprint === fingerprint
    ? { response: stored.response }
    : { refusal: problems.idempotencyKeyReused() };
}

/**
 * The row of an idempotency key is written with the answer, in the transaction of the effect that it guards. A refused
 * or failed request leaves no row, so that its key may be used again.
 */
@Injectable()
export class IdempotencyKeys {
  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
  ) {}

  /** Whether the call repeats one that was answered, or one that runs at this moment. */
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
   * Claims the keys by an advisory lock on each, until the transaction ends. A twin that runs at this moment holds the
   * lock: the claim waits for it, at most the lock timeout, or is 'in flight' at once with 'skip locked'. A second
   * statement reads the twin's answer, because a statement that began before the twin's commit does not see it.
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
    const locking = statement<{ n: string }>(`SELECT c.n FROM ${CALLS} WHERE ${lock}`, scopes);
    const looking = statement<Stored & { n: string }>(
      `SELECT c.n, k.fingerprint, k.response FROM ${CALLS}
       CROSS JOIN LATERAL (SELECT * FROM platform.idempotency_keys k WHERE ${OF_CALL} AND ${IS_LIVE} LIMIT 1) k`,
      scopes,
    );
    const [locked, found] = await Promise.all([locking, looking]).catch((error: unknown) => {
      throw onTwin === 'wait' && isLockTimeout(error) ? problems.idempotencyKeyInUse() : error;
    });
    const isLocked = new Set(locked.rows.map(({ n }) => Number(n)));
    const stored = new Map(found.rows.map((row) => [Number(row.n), row]));
    return new Map(calls.map((call, i) => [call, claimOf(call, isLocked.has(i + 1), stored.get(i + 1))]));
  }

  /** Stores the answers of claimed calls. It replaces the expired row of a key. */
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

  /**
   * Deletes the kept answers to a customer, and removes a member from those to others that are about this customer, in
   * the open unit of work.
   */
  async erase(customerId: string, member: string): Promise<void> {
    const { statement } = currentUnit();
    await statement('DELETE FROM platform.idempotency_keys WHERE customer_id = $1', [customerId]);
    await statement(
      `UPDATE platform.idempotency_keys SET response = (response::jsonb - $2::text)::json
       WHERE response ->> 'customerId' = $1 AND response ->> $2::text IS NOT NULL`,
      [customerId, member],
    );
  }

  /** Deletes expired keys, in short transactions. A key in flight is not visible yet, so it is never deleted. */
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

/** A programming error: the key guards the first unit of work of a request, and no second one. */
export class KeyIsUsedUp extends Error {
  constructor() {
    super('A request under an Idempotency-Key has exactly one unit of work.');
  }
}
