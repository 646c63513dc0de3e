import { Injectable } from '@nestjs/common';
import { gauge, log } from '../observability';
import { Reads } from '../reads';

interface Backlog {
  pending?: number;
  dead?: number;
  lag?: number;
}

/** A scrape counts no further: more is too many anyway. */
const COUNTED = 10_000;
const KEPT_MS = 5_000;

/** The backlog of the outbox, read at a scrape, at most every few seconds. */
@Injectable()
export class OutboxGauges {
  private backlog: Promise<Backlog> = Promise.resolve({});
  private readAt = -Infinity;

  constructor(private readonly reads: Reads) {
    const most = `At most ${COUNTED}.`;
    gauge('outbox_pending', `Events that are not handled yet. ${most}`, async () => (await this.read()).pending);
    gauge('outbox_dead', `Dead events, which wait for an admin. ${most}`, async () => (await this.read()).dead);
    gauge('outbox_lag_seconds', 'Age of the oldest event that is not handled.', async () => (await this.read()).lag);
  }

  private read(): Promise<Backlog> {
    if (performance.now() - this.readAt > KEPT_MS) {
      this.readAt = performance.now();
      this.backlog = this.query();
    }
    return this.backlog;
  }

  /** Reads the partial indexes, which hold only unsettled events. Empty without the database. */
  private async query(): Promise<Backlog> {
    const atMost = (status: string) =>
      `(SELECT count(*)::int FROM (SELECT FROM platform.outbox WHERE status = '${status}' LIMIT ${COUNTED}) AS found)`;
    try {
      const [backlog] = await this.reads.query<Backlog>(
        `SELECT ${atMost('pending')} AS pending, ${atMost('dead')} AS dead,
           coalesce((SELECT greatest(extract(epoch FROM clock_timestamp() - occurred_at), 0)::float FROM platform.outbox
                     WHERE status = 'pending' ORDER BY sequence LIMIT 1), 0) AS lag`,
      );
      return backlog;
    } catch (error) {
      log.warn({ err: error }, 'the outbox cannot be measured');
      return {};
    }
  }
}
