import { Injectable } from '@nestjs/common';
import { Settings } from '../config';
import { Reads } from './reads';

export interface RecentWrites {
  count: number;
  /** The query that counts the same writes on a replica. With an equal count the replica has all of them. */
  onReplica: { name: string; text: string; values: unknown[] };
}

/** Covers the time from a write's key to its commit, and until a lagging replica is noticed. */
const MARGIN_MS = 60_000;

/**
 * Counts the recent writes of a customer, whose answers must not be older than those. This costs no write: every change
 * of an order stores an idempotency key in its transaction, so a server that shows the key shows the change. All keys
 * are counted instead of finding the newest, because two writes may commit in either order.
 */
@Injectable()
export class OwnWrites {
  /** Each expression counts writes of the customer `$1` after `since`. A later write must never lower the count. */
  private readonly counts = [
    `SELECT count(*) FROM platform.idempotency_keys
     WHERE customer_id = $1 AND expires_at > since + $3 * interval '1 millisecond'`,
  ];

  /** The longest time that any cache keeps an answer, in milliseconds. */
  private longestCached = 0;

  constructor(
    private readonly reads: Reads,
    private readonly settings: Settings,
  ) {}

  /** Milliseconds after which every cached answer and every replica in use shows a write. */
  static areRecentFor(cachedFor: number, replicaLag: number): number {
    return cachedFor + 2 * replicaLag + MARGIN_MS;
  }

  /**
   * Declares a cache that keeps answers for `ttl` milliseconds. Customers with later writes do not get those answers.
   */
  outlast(ttl: number): void {
    this.longestCached = Math.max(this.longestCached, ttl);
  }

  /** Adds a count of writes that have no idempotency key, and that customers see in cached or replicated answers. */
  alsoCount(sql: string): void {
    this.counts.push(sql);
  }

  async recent(customerId: string): Promise<RecentWrites> {
    const { IDEMPOTENCY_TTL } = this.settings;
    const [{ since, count }] = await this.reads.query<{ since: string; count: number }>(
      this.countSince(`clock_timestamp() - $2 * interval '1 millisecond'`),
      [customerId, OwnWrites.areRecentFor(this.longestCached, this.settings.REPLICA_MAX_LAG), IDEMPOTENCY_TTL],
      'own-writes',
    );
    const values = [customerId, since, IDEMPOTENCY_TTL];
    const text = this.countSince('$2::timestamptz');
    return { count, onReplica: { name: 'own-writes-on-replica', text, values } };
  }

  private countSince(moment: string): string {
    const all = this.counts.map((count) => `coalesce((${count}), 0)`).join(' + ');
    return `WITH recently AS (SELECT ${moment} AS since) SELECT since::text, (${all})::int AS count FROM recently`;
  }
}
