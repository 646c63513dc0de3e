import { Injectable } from '@nestjs/common';
import { Settings, writesAreRecentFor } from '../config/settings';
import { Reads } from './reads';

/** A question that the primary has answered, and that may be put to a replica word by word. */
export interface OwnWritesCount {
  count: number;
  query: { name: string; text: string; values: unknown[] };
}

/**
 * Whether a customer has written lately, and so must not be shown what may be older than that. It costs no write: all
 * that customers do to orders leaves an idempotency key in its own transaction, and where the key can be seen, so can
 * what it guards. The rows are counted and not only the newest looked for: two writes may commit in either order.
 */
@Injectable()
export class OwnWrites {
  constructor(
    private readonly reads: Reads,
    private readonly settings: Settings,
  ) {}

  async recent(customerId: string): Promise<OwnWritesCount> {
    const { IDEMPOTENCY_TTL } = this.settings;
    const since = Date.now() - writesAreRecentFor(this.settings);
    const query = {
      name: 'own-writes',
      text: 'SELECT count(*)::int AS count FROM platform.idempotency_keys WHERE customer_id = $1 AND expires_at > $2',
      values: [customerId, new Date(since + IDEMPOTENCY_TTL)],
    };
    const [{ count }] = await this.reads.query<{ count: number }>(query.text, query.values, query.name);
    return { count, query };
  }
}
