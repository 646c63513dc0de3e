import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { log } from '../observability';
import { OutboxSignal, Rest } from '../outbox';
import { type ClaimedEvent, EventDelivery, type PendingEvent } from './delivery';
import { EventHandlers } from './handlers';

/** The lane of all events that no handler takes outside. */
const INSIDE = '';

/**
 * Delivers every event to every subscribed handler, at least once. Order is kept for each aggregate, because an event
 * is not claimed while an earlier one of its aggregate is pending or dead. Any number of workers share the table: a
 * claim skips rows that others hold, and its lease expires when its worker is gone. All times are the database's.
 *
 * A failed handler is retried after each of the delays. Then the event is dead: it waits for an admin, and so do the
 * later events of its aggregate, but no others.
 *
 * An attempt counts even if its worker ends in it, so that an event that ends workers becomes dead. Only the last
 * attempt is repeated then, as often as there are attempts: a handler may have work to do at its last try (see
 * EventMeta).
 */
@Injectable()
export class OutboxRelay {
  private readonly inFlight = new Map<ClaimedEvent, Promise<void>>();
  /** The number of events in delivery, by lane; see {@link laneOf}. */
  private readonly busy = new Map<string, number>();
  private readonly rest = new Rest();
  private isStopping = false;
  private running?: Promise<void>;
  private leases?: NodeJS.Timeout;

  constructor(
    private readonly dataSource: DataSource,
    private readonly delivery: EventDelivery,
    private readonly handlers: EventHandlers,
    private readonly signal: OutboxSignal,
    private readonly settings: Settings,
  ) {}

  start(): void {
    this.signal.onNotification(this.rest.end);
    this.leases = setInterval(() => void this.renewLeases(), this.settings.OUTBOX_LEASE / 3).unref();
    this.running = this.run();
  }

  /** Finishes the deliveries that have begun, and claims no more events. */
  async finish(): Promise<void> {
    this.isStopping = true;
    this.rest.end();
    await this.running;
    clearInterval(this.leases);
  }

  /**
   * Runs now, for one aggregate, those of this process's handlers that stay inside the database. The events stay
   * pending for the worker, which finds these effects done. Never rejects: what fails here is left to the worker.
   */
  async deliverAtOnce(aggregateId: string): Promise<void> {
    try {
      const pending = await this.dataSource.query<PendingEvent[]>(
        `SELECT id, type, payload, attempts, occurred_at, request_id, traceparent FROM platform.outbox
         WHERE aggregate_id = $1 AND status IN ('pending', 'dead') ORDER BY sequence`,
        [aggregateId],
      );
      for (const event of pending) await this.delivery.deliverInside(event);
    } catch (error) {
      log.warn({ err: error, aggregateId }, 'events are left to the worker');
    }
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      // At most the free places of the fullest lane that is open: no lane gets more events than it has places for.
      const free = Math.min(...this.lanes.filter((lane) => this.isOpen(lane)).map((lane) => this.freeIn(lane)));
      if (free === Infinity) {
        await Promise.race(this.inFlight.values());
        continue;
      }
      const claimed = await this.claim(free).catch((error: unknown) => {
        log.warn({ err: error }, 'the outbox cannot be read and is polled again');
        return [];
      });
      claimed.forEach((event) => this.begin(event));
      if (claimed.length < free) await this.pause();
    }
    await Promise.all(this.inFlight.values());
  }

  /** An event in delivery stays with this worker while the worker lives. */
  private async renewLeases(): Promise<void> {
    if (!this.inFlight.size) return;
    await this.delivery
      .renewLeases([...this.inFlight.keys()])
      .catch((error: unknown) => log.warn({ err: error }, 'leases of events are not renewed now'));
  }

  private begin(event: ClaimedEvent): void {
    const lane = this.laneOf(event.type);
    this.busy.set(lane, (this.busy.get(lane) ?? 0) + 1);
    const delivery = this.delivery.deliver(event).finally(() => {
      this.busy.set(lane, this.busy.get(lane)! - 1);
      this.inFlight.delete(event);
      this.rest.end();
    });
    this.inFlight.set(event, delivery);
  }

  /** Each type of event that is taken outside has a lane of its own: a hanging call delays only events of its type. */
  private laneOf(type: string): string {
    return this.handlers.outsideTypes.includes(type) ? type : INSIDE;
  }

  private get lanes(): string[] {
    return [INSIDE, ...this.handlers.outsideTypes];
  }

  private freeIn(lane: string): number {
    return this.settings.OUTBOX_CONCURRENCY - (this.busy.get(lane) ?? 0);
  }

  /** Events are claimed together: a lane that is almost full first empties itself. */
  private isOpen(lane: string): boolean {
    return this.freeIn(lane) >= this.settings.OUTBOX_CONCURRENCY / 4;
  }

  /** Waits for a notification, the next poll, or the end of a delivery, which may free its aggregate's next event. */
  private async pause(): Promise<void> {
    void this.signal.listen(); // without a connection the relay polls
    await this.rest.take(this.settings.OUTBOX_POLL_INTERVAL);
  }

  private async claim(atMost: number): Promise<ClaimedEvent[]> {
    const attempts = this.settings.OUTBOX_RETRY_DELAYS.length + 1;
    const { outsideTypes } = this.handlers;
    const [claimed] = await this.dataSource.query<[ClaimedEvent[], number]>(
      `WITH due AS (
         SELECT o.id, o.attempts >= 2 * $1 AS exhausted FROM platform.outbox o
         WHERE o.status = 'pending' AND o.next_attempt_at <= clock_timestamp()
           AND (o.claimed_until IS NULL OR o.claimed_until <= clock_timestamp())
           AND CASE WHEN o.type = ANY ($4) THEN o.type = ANY ($5) ELSE $6 END
           AND NOT EXISTS (SELECT FROM platform.outbox e WHERE e.aggregate_id = o.aggregate_id
                           AND e.sequence < o.sequence AND e.status IN ('pending', 'dead'))
         ORDER BY o.sequence LIMIT $2 FOR UPDATE SKIP LOCKED)
       UPDATE platform.outbox o
       SET attempts = least(o.attempts + 1, 2 * $1), claimed_until = clock_timestamp() + $3 * interval '1 millisecond'
       FROM due WHERE o.id = due.id
       RETURNING o.id, o.type, o.payload, o.attempts, due.exhausted, o.request_id, o.traceparent, o.occurred_at,
         ARRAY(SELECT handler FROM platform.handled_events h WHERE h.event_id = o.id) AS handled`,
      [
        attempts,
        atMost,
        this.settings.OUTBOX_LEASE,
        outsideTypes,
        outsideTypes.filter((type) => this.isOpen(type)),
        this.isOpen(INSIDE),
      ],
    );
    return claimed;
  }
}
