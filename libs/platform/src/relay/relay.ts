import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { type DomainEvent, newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { log, metrics, requestContext, traced } from '../observability';
import { currentUnit, UnitOfWorkRunner } from '../unit-of-work';
import { type EventMeta, ON_EVENT, type Subscription } from './on-event';
import { OutboxSignal } from '../outbox';

interface Handler {
  name: string;
  outside: boolean;
  handle(event: DomainEvent, meta: EventMeta): Promise<unknown>;
}

interface PendingEvent {
  id: string;
  type: string;
  payload: object;
  /** That have begun. */
  attempts: number;
  occurred_at: Date;
  request_id: string | null;
  traceparent: string | null;
}

interface ClaimedEvent extends PendingEvent {
  /** All its attempts have begun, the last more than once, and each time its worker has vanished. */
  exhausted: boolean;
}

/** The lane of all events that no handler takes outside. */
const INSIDE = '';

const NOTE = 'INSERT INTO platform.handled_events (event_id, handler) VALUES ($1, $2) ON CONFLICT DO NOTHING';

/**
 * Brings every event to every handler subscribed to it: at least once, and in order for each aggregate, because an event
 * is not claimed while an earlier one of its aggregate is not done. Any number of workers share the table: a claim skips
 * what others hold, and lapses when its worker is gone. All times are the database's.
 *
 * A handler that fails is tried again after each of the delays; then the event is dead: it waits for an admin, and so do
 * the later events of its aggregate, but nothing else. The event's other handlers have had their turn.
 *
 * An attempt that ends with its worker counts, or what takes workers down would do so for ever. But the last one is made
 * again, as often as there are attempts: a handler may have something to do at the last (see {@link EventMeta}), and an
 * event is not to die for want of it.
 */
@Injectable()
export class OutboxRelay {
  private handlers?: Map<string, Handler[]>;
  private outsideTypes: string[] = [];
  private readonly inFlight = new Set<Promise<void>>();
  /** How many events each lane has in hand; see {@link laneOf}. */
  private readonly busy = new Map<string, number>();
  private readonly stop = new AbortController();
  private running?: Promise<void>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly unitOfWork: UnitOfWorkRunner,
    private readonly signal: OutboxSignal,
    private readonly settings: Settings,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  start(): void {
    this.handlers ??= this.discoverHandlers(); // which also says what the lanes are
    this.running = this.run();
  }

  /** Lets the events in hand be finished; claims no more. */
  async finish(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  /**
   * Does now, for one aggregate, what a worker would do soon: runs this process's handlers that reach nothing outside.
   * The events stay pending for the worker, which finds these effects had. Never rejects: it has until then.
   */
  async deliverAtOnce(aggregateId: string): Promise<void> {
    try {
      const pending = await this.dataSource.query<PendingEvent[]>(
        `SELECT id, type, payload, attempts, occurred_at, request_id, traceparent FROM platform.outbox
         WHERE aggregate_id = $1 AND status IN ('pending', 'dead') ORDER BY sequence`,
        [aggregateId],
      );
      for (const event of pending)
        for (const handler of this.handlersOf(event.type))
          if (!handler.outside) await asCauseOf(event, () => this.handleInside(event, handler));
    } catch (error) {
      log.warn({ err: error, aggregateId }, 'events are left to the worker');
    }
  }

  private async run(): Promise<void> {
    while (!this.stop.signal.aborted) {
      // Of any one lane at most what is free in the fullest: so no lane gets more than its own, whatever is found.
      const free = Math.min(...this.lanes.map((lane) => this.freeIn(lane)).filter((hands) => hands > 0));
      if (free === Infinity) {
        await Promise.race(this.inFlight);
        continue;
      }
      const claimed = await this.claim(free).catch((error: unknown) => {
        log.warn({ err: error }, 'the outbox cannot be read; trying again');
        return [];
      });
      claimed.forEach((event) => this.takeUp(event));
      // With hands free and nothing to take up: until there is news, or the poll that finds what no news told of.
      if (claimed.length < free) await this.pause();
    }
    await Promise.all(this.inFlight);
  }

  private takeUp(event: ClaimedEvent): void {
    const lane = this.laneOf(event.type);
    this.busy.set(lane, (this.busy.get(lane) ?? 0) + 1);
    const delivery = this.deliver(event).finally(() => {
      this.busy.set(lane, this.busy.get(lane)! - 1);
      this.inFlight.delete(delivery);
    });
    this.inFlight.add(delivery);
  }

  /** Each type of event that is taken outside has hands of its own: who hangs there keeps waiting only his own kind. */
  private laneOf(type: string): string {
    return this.outsideTypes.includes(type) ? type : INSIDE;
  }

  private get lanes(): string[] {
    return [INSIDE, ...this.outsideTypes];
  }

  private freeIn(lane: string): number {
    return this.settings.OUTBOX_CONCURRENCY - (this.busy.get(lane) ?? 0);
  }

  private async pause(): Promise<void> {
    // Told while it was looking: nobody will tell it again.
    if (this.stop.signal.aborted) return;
    const wakeUp = new AbortController();
    const awake = [
      this.signal.next(wakeUp.signal),
      sleep(this.settings.OUTBOX_POLL_INTERVAL, undefined, { signal: wakeUp.signal }),
      ...this.inFlight, // a finished event may have let its aggregate's next one go
    ];
    const stop = () => wakeUp.abort();
    this.stop.signal.addEventListener('abort', stop);
    await Promise.race(awake).catch(() => undefined); // aborted: the loop sees why
    this.stop.signal.removeEventListener('abort', stop);
    wakeUp.abort();
    await Promise.allSettled(awake.slice(0, 2));
  }

  private async claim(atMost: number): Promise<ClaimedEvent[]> {
    const attempts = this.settings.OUTBOX_RETRY_DELAYS.length + 1;
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
       RETURNING o.id, o.type, o.payload, o.attempts, due.exhausted, o.request_id, o.traceparent, o.occurred_at`,
      [
        attempts,
        atMost,
        this.settings.OUTBOX_LEASE,
        this.outsideTypes,
        this.outsideTypes.filter((type) => this.freeIn(type) > 0),
        this.freeIn(INSIDE) > 0,
      ],
    );
    return claimed;
  }

  /** Never rejects: what goes wrong is written down with the event. */
  private async deliver(event: ClaimedEvent): Promise<void> {
    await asCauseOf(event, async () => {
      try {
        if (event.exhausted) throw new Error('the worker ended during the last attempt, each time');
        await this.handleByAll(event);
        // Without a broker an event that is handled is done with: nothing piles up for one that may never come.
        const published = this.settings.NATS_URL ? 'published_at' : 'clock_timestamp()';
        const payload = 'private' in event.payload ? `payload - 'private'` : 'payload';
        const done = `status = 'sent', sent_at = clock_timestamp(), last_error = NULL`;
        await this.settle(event, `${done}, published_at = ${published}, payload = ${payload}`, []);
      } catch (error) {
        await this.fail(event, error);
      }
    });
  }

  /** One that fails keeps no other from its turn, and is alone in being tried again. */
  private async handleByAll(event: ClaimedEvent): Promise<void> {
    const failures: Error[] = [];
    for (const handler of this.handlersOf(event.type))
      await this.handle(event, handler).catch((error: unknown) => failures.push(asError(error)));
    if (failures.length > 1) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
    if (failures.length) throw failures[0];
  }

  private async handle(event: ClaimedEvent, handler: Handler): Promise<void> {
    const [handled] = await this.dataSource.query<object[]>(
      'SELECT 1 FROM platform.handled_events WHERE event_id = $1 AND handler = $2',
      [event.id, handler.name],
    );
    if (handled) return;
    const attributes = { 'event.id': event.id, 'event.type': event.type, 'event.attempt': event.attempts };
    await traced('CONSUMER', handler.name, attributes, () => this.attempt(event, handler));
  }

  private async attempt(event: ClaimedEvent, handler: Handler): Promise<void> {
    await this.settle(event, `claimed_until = clock_timestamp() + $2 * interval '1 millisecond'`, [
      this.settings.OUTBOX_LEASE,
    ]);
    if (!handler.outside) return this.handleInside(event, handler);
    await handler.handle(...this.deliveryOf(event));
    await this.dataSource.query(NOTE, [event.id, handler.name]);
  }

  private async handleInside(event: PendingEvent, handler: Handler): Promise<void> {
    await this.unitOfWork.run(async () => {
      // First, so that a second delivery at the same time waits here, and then finds that there is nothing left to do.
      const { affected } = await currentUnit().statement(NOTE, [event.id, handler.name]);
      if (affected) await handler.handle(...this.deliveryOf(event));
    });
  }

  private async fail(event: ClaimedEvent, failure: unknown): Promise<void> {
    const delay = this.settings.OUTBOX_RETRY_DELAYS[event.attempts - 1];
    const error = asError(failure);
    metrics.workerErrors.inc();
    const message = `${error.name}: ${error.message}`;
    log.error(
      { err: error, eventId: event.id, type: event.type, attempt: event.attempts, dead: delay === undefined },
      'an event could not be handled',
    );
    const outcome =
      delay === undefined
        ? this.settle(event, `status = 'dead', claimed_until = NULL, last_error = $2`, [message])
        : this.settle(
            event,
            `claimed_until = NULL, last_error = $2, next_attempt_at = clock_timestamp() + $3 * interval '1 millisecond'`,
            [message, Math.round(delay + Math.random() * Math.min(delay, 1_000))],
          );
    // Without the database nothing can be written down; the claim lapses, and the event is tried again.
    await outcome.catch((failure: unknown) =>
      log.warn({ err: failure, eventId: event.id }, 'an attempt could not be noted'),
    );
  }

  /** Only the attempt that is still in hand is written to: a claim that lapsed and was taken over is not ours any more. */
  private async settle({ id, attempts }: ClaimedEvent, change: string, parameters: unknown[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE platform.outbox SET ${change} WHERE id = $1 AND status = 'pending' AND attempts = $${parameters.length + 2}`,
      [id, ...parameters, attempts],
    );
  }

  private deliveryOf({ id, type, payload, attempts, occurred_at }: PendingEvent): [DomainEvent, EventMeta] {
    const isLastTry = attempts > this.settings.OUTBOX_RETRY_DELAYS.length;
    return [
      { type, ...payload },
      { id, occurredAt: occurred_at, isLastTry },
    ];
  }

  private handlersOf(type: string): Handler[] {
    this.handlers ??= this.discoverHandlers();
    return this.handlers.get(type) ?? [];
  }

  private discoverHandlers(): Map<string, Handler[]> {
    const handlers = new Map<string, Handler[]>();
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (!instance || typeof metatype !== 'function' || !metatype.prototype) continue;
      const methods = instance as Record<string, Handler['handle']>;
      for (const method of this.scanner.getAllMethodNames(metatype.prototype as object)) {
        const subscription = this.reflector.get<Subscription | undefined>(ON_EVENT, methods[method]);
        if (!subscription) continue;
        const { type, outside } = subscription;
        const handler = { name: `${metatype.name}.${method}`, outside, handle: methods[method].bind(instance) };
        // What stays inside comes first: it is quick, and waits for nobody's answer.
        const all = [...(handlers.get(type) ?? []), handler].sort((a, b) => +a.outside - +b.outside);
        handlers.set(type, all);
      }
    }
    const outside = [...handlers].filter(([, all]) => all.some((handler) => handler.outside));
    this.outsideTypes = outside.map(([type]) => type);
    return handlers;
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** What is logged and recorded meanwhile names the event that led to it, and the request that this one came from. */
const asCauseOf = (
  { id: causationId, request_id, traceparent }: PendingEvent,
  work: () => Promise<void>,
): Promise<void> =>
  requestContext.run({ requestId: request_id ?? newId(), traceparent: traceparent ?? undefined, causationId }, work);
