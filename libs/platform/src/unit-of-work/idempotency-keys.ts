import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../config/settings';
import { HttpProblem } from '../http/http-problem';
import { isLockTimeout } from '../persistence/database-errors';
import type { Statement } from '../persistence/set-writer';

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

  /**
   * Claims the key by its INSERT, on which a twin that is still in flight makes us wait (at most the lock timeout).
   * Returns the stored answer if the call has been served before.
   */
  async claim(call: IdempotentCall, statement: Statement): Promise<{ response: unknown } | undefined> {
    const { customerId, operation, key, fingerprint } = call;
    const scope = [customerId, operation, key];
    try {
      const { affected } = await statement(
        `INSERT INTO platform.idempotency_keys AS k (customer_id, operation, key, fingerprint, expires_at)
         VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond')
         ON CONFLICT (customer_id, operation, key) DO UPDATE
           SET fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, response = NULL
           WHERE k.expires_at <= clock_timestamp()`,
        [...scope, fingerprint, this.settings.IDEMPOTENCY_TTL],
      );
      if (affected) return undefined;
    } catch (error) {
      throw isLockTimeout(error) ? new IdempotencyKeyInUse() : error;
    }
    const {
      rows: [stored],
    } = await statement<{ fingerprint: string; response: unknown }>(
      'SELECT fingerprint, response FROM platform.idempotency_keys WHERE customer_id = $1 AND operation = $2 AND key = $3',
      scope,
    );
    if (!stored) throw new IdempotencyKeyInUse(); // expired and swept between the two statements: the client repeats
    if (stored.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    return { response: stored.response };
  }

  async complete(
    { customerId, operation, key }: IdempotentCall,
    response: unknown,
    statement: Statement,
  ): Promise<void> {
    await statement(
      'UPDATE platform.idempotency_keys SET response = $4 WHERE customer_id = $1 AND operation = $2 AND key = $3',
      [customerId, operation, key, JSON.stringify(response ?? null)],
    );
  }

  /** Deletes keys past their time, in small transactions. A key in flight is not yet visible, so it is never taken. */
  async sweep(): Promise<number> {
    let swept = 0;
    for (let count = 1_000; count === 1_000; swept += count) {
      [, count] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM platform.idempotency_keys WHERE (customer_id, operation, key) IN (
           SELECT customer_id, operation, key FROM platform.idempotency_keys
           WHERE expires_at <= clock_timestamp() LIMIT 1000 FOR UPDATE SKIP LOCKED)`,
      );
    }
    return swept;
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
