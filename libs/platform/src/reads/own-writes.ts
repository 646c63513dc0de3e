import { Injectable } from '@nestjs/common';
import { Settings } from '../config';
import { Reads } from './reads';

export interface RecentWrites {
  count: number;
  /** The same question, to be put to a replica: it has all of them when it counts as many. */
  onReplica: { name: string; text: string; values: unknown[] };
}

/** What a write may take from its key to its commit, and a replica that falls behind until it is noticed. */
const MARGIN_MS = 60_000;

/**
 * Whether a customer has written lately, and so must not be shown what may be older than that. It costs no write: all
 * that customers do to orders leaves an idempotency key in its own transaction, and where the key can be seen, so can
 * what it guards. The keys are counted, and not only the newest looked for: two writes may commit in either order.
 */
@Injectable()
export class OwnWrites {
  /** Each counts writes of the customer `$1` after `since`; never fewer because of a later one. */
  private readonly counts = [
    `SELECT count(*) FROM platform.idempotency_keys
     WHERE customer_id = $1 AND expires_at > since + $3 * interval '1 millisecond'`,
  ];

  /** Milliseconds for which any cache keeps an answer. */
  private longestCached = 0;

  constructor(
    private readonly reads: Reads,
    private readonly settings: Settings,
  ) {}

  /** Milliseconds after which a write is in every cached answer and on every replica in use. */
  static areRecentFor(cachedFor: number, replicaLag: number): number {
    return cachedFor + 2 * replicaLag + MARGIN_MS;
  }

  /** Answers are cached for `ttl` milliseconds: customers who have written since are not shown them. */
  outlast(ttl: number): void {
    this.longestCached = Math.max(this.longestCached, ttl);
  }

  /** For what customers write without a key, and can see in the catalogue or in their orders. */
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
