import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { log } from '../observability';
import { OutboxSignal } from '../outbox';
import { Broker, BROKER_TIMEOUT_MS } from './broker';
import { isPublished } from './audience';
import { cloudEventOf, LOGGED_EVENT, type LoggedEvent } from './cloud-event';
import { EventLoop } from './event-loop';

const BATCH = 500;
const LEASE = 'event-publisher';

/**
 * Publishes every event of the outbox to the broker: at least once, in order for each aggregate. It is independent of
 * the relay: an unavailable broker delays no handler, and a failing handler delays no publication. While the broker is
 * unavailable the events wait. Without a NATS_URL nothing is published: events that are handled meanwhile never are.
 *
 * One worker at a time publishes, under a lease, which keeps the order.
 */
@Injectable()
export class EventPublisher {
  private readonly holder = newId();
  private readonly broker?: Broker;
  private readonly loop: EventLoop;
  /** Long enough for the broker to answer: otherwise no publication would ever begin. */
  private readonly lease: number;
  /** Aggregates whose next event the broker refused while it took others, and until when they pause. */
  private readonly refused = new Map<string, number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
    signal: OutboxSignal,
  ) {
    this.broker = settings.NATS_URL === undefined ? undefined : new Broker(settings.NATS_URL);
    this.lease = Math.max(settings.OUTBOX_LEASE, 2 * BROKER_TIMEOUT_MS);
    this.loop = new EventLoop('publishing events', signal, settings, () => this.publish());
  }

  start(): void {
    if (this.broker) this.loop.start();
  }

  /** Ends the publications under way, and releases the lease to another worker. */
  async finish(): Promise<void> {
    if (!this.broker) return;
    await this.loop.finish();
    await this.broker.close();
    await this.dataSource.query('DELETE FROM platform.leases WHERE name = $1 AND holder = $2', [LEASE, this.holder]);
  }

  private async publish(): Promise<boolean> {
    const leaseEnds = performance.now() + this.lease;
    if (!(await this.holdLease())) return false;
    const events = await this.unpublished();
    if (!events.length) return false;
    await this.broker!.open();
    const published: string[] = [];
    const failures = new Map<string, unknown>();
    const publishAll = async (aggregateId: string, ofAggregate: LoggedEvent[]) => {
      try {
        for (const event of ofAggregate) {
          if (performance.now() + BROKER_TIMEOUT_MS >= leaseEnds) return; // the next round has a new lease
          if (isPublished(event)) await this.broker!.publish(cloudEventOf(event));
          published.push(event.id);
        }
      } catch (error) {
        failures.set(aggregateId, error);
      }
    };
    await Promise.all([...byAggregate(events)].map(([aggregateId, all]) => publishAll(aggregateId, all)));
    if (published.length)
      await this.dataSource.query(
        'UPDATE platform.outbox SET published_at = clock_timestamp() WHERE id = ANY ($1) AND published_at IS NULL',
        [published],
      );
    if (failures.size) await this.leaveAlone(failures, published.length > 0);
    return events.length === BATCH;
  }

  /**
   * Pauses the aggregates that failed. Throws when all did: the broker is unavailable, and a new connection may help.
   */
  private async leaveAlone(failures: Map<string, unknown>, othersWentThrough: boolean): Promise<void> {
    if (!othersWentThrough) {
      await this.broker!.close();
      throw failures.values().next().value;
    }
    const until = performance.now() + this.settings.OUTBOX_RETRY_DELAYS.at(-1)!;
    for (const [aggregateId, error] of failures) {
      log.warn({ err: error, aggregateId }, 'the broker refused an event; the later events of its aggregate wait');
      this.refused.set(aggregateId, until);
    }
  }

  private async unpublished(): Promise<LoggedEvent[]> {
    for (const [aggregateId, until] of this.refused) if (until <= performance.now()) this.refused.delete(aggregateId);
    return this.dataSource.query<LoggedEvent[]>(
      `SELECT ${LOGGED_EVENT} FROM platform.outbox o
       WHERE o.published_at IS NULL AND o.aggregate_id <> ALL ($1::uuid[]) ORDER BY o.sequence LIMIT $2`,
      [[...this.refused.keys()], BATCH],
    );
  }

  private async holdLease(): Promise<boolean> {
    const held = await this.dataSource.query<object[]>(
      `INSERT INTO platform.leases AS l (name, holder, held_until)
       VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
         WHERE l.holder = excluded.holder OR l.held_until <= clock_timestamp()
       RETURNING 1`,
      [LEASE, this.holder, this.lease],
    );
    return held.length > 0;
  }
}

function byAggregate(events: LoggedEvent[]): Map<string, LoggedEvent[]> {
  const groups = new Map<string, LoggedEvent[]>();
  for (const event of events) groups.set(event.aggregate_id, [...(groups.get(event.aggregate_id) ?? []), event]);
  return groups;
}
