import { Injectable } from '@nestjs/common';
import { Settings, writesAreRecentFor } from '../config/settings';
import { Reads } from './reads';

export interface RecentWrites {
  customerId: string;
  /** By the primary's clock. */
  since: string;
  count: number;
}

/**
 * Whether a customer has written lately, and so must not be shown what may be older than that. It costs no write: what
 * customers do to orders leaves an idempotency key in its own transaction, and where the key can be seen, so can what it
 * guards. The keys are counted, and not only the newest looked for: two writes may commit in either order.
 */
@Injectable()
export class OwnWrites {
  constructor(
    private readonly reads: Reads,
    private readonly settings: Settings,
  ) {}

  async recent(customerId: string): Promise<RecentWrites> {
    const { IDEMPOTENCY_TTL } = this.settings;
    const [{ since, count }] = await this.reads.query<{ since: string; count: number }>(
      `WITH recently AS (SELECT clock_timestamp() + $2 * interval '1 millisecond' AS since)
       SELECT since::text, (SELECT count(*)::int FROM platform.idempotency_keys
                            WHERE customer_id = $1 AND expires_at > since) AS count
       FROM recently`,
      [customerId, IDEMPOTENCY_TTL - writesAreRecentFor(this.settings)],
      'own-writes',
    );
    return { customerId, since, count };
  }
}

/** The same question for a replica: it has all of them when it counts as many. */
export const countOnReplica = ({ customerId, since }: RecentWrites) => ({
  name: 'own-writes-on-replica',
  text: 'SELECT count(*)::int AS count FROM platform.idempotency_keys WHERE customer_id = $1 AND expires_at > $2',
  values: [customerId, since],
});
