import { Injectable } from '@nestjs/common';
import { type AggregateRoot, newId } from '@holdfast/shared-kernel';
import DataLoader from 'dataloader';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { log, metrics, requestContext, traced } from '../observability';
import { findHandled, HandledAlready } from '../outbox';
import { currentUnit, UnitOfWorkRunner } from '../unit-of-work';
import { EventHandlers, type Handler } from './handlers';

export interface PendingEvent {
  id: string;
  type: string;
  payload: object;
  /** The number of attempts that have begun. */
  attempts: number;
  occurred_at: Date;
  request_id: string | null;
  traceparent: string | null;
}

export interface ClaimedEvent extends PendingEvent {
  /** The handlers that are noted. */
  handled: string[];
  /** True when every attempt has begun, the last one repeatedly, and each time its worker has ended in it. */
  exhausted: boolean;
}

/** Delivers claimed events to their handlers, and settles each as sent, to be retried or dead. */
@Injectable()
export class EventDelivery {
  /** Events that are handled at one moment are stored together. */
  private readonly sent: DataLoader<ClaimedEvent, void>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly unitOfWork: UnitOfWorkRunner,
    private readonly handlers: EventHandlers,
    private readonly settings: Settings,
  ) {
    const options = { cache: false, maxBatchSize: settings.GROUP_COMMIT_LIMIT };
    this.sent = new DataLoader((events) => this.storeSent(events), options);
  }

  /** Never rejects: a failure is stored with the event. */
  async deliver(event: ClaimedEvent): Promise<void> {
    await inContextOf(event, async () => {
      try {
        if (event.exhausted) throw new Error('The worker ended in every run of the last attempt.');
        await this.attempt(event);
        await this.sent.load(event);
        log.debug({ eventId: event.id, type: event.type, attempt: event.attempts }, 'event handled');
      } catch (error) {
        await this.markFailed(event, asError(error));
      }
    });
  }

  /** Runs the handlers that stay inside the database. The event stays pending, and the worker does not repeat them. */
  async deliverInside(event: PendingEvent): Promise<void> {
    await inContextOf(event, async () => {
      for (const handler of this.handlers.of(event.type))
        if (!handler.outside) await this.runOnce({ ...event, handled: [] }, handler);
    });
  }

  /** A failing handler keeps no other handler from its turn, and only the failing one is retried. */
  private async attempt(event: ClaimedEvent): Promise<void> {
    const failures: Error[] = [];
    for (const handler of this.handlers.of(event.type))
      await this.runOnce(event, handler).catch((error: unknown) => failures.push(asError(error)));
    if (failures.length > 1) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
    if (failures.length) throw failures[0];
  }

  private async runOnce(event: PendingEvent & Pick<ClaimedEvent, 'handled'>, handler: Handler): Promise<void> {
    if (event.handled.includes(handler.name)) return;
    const attributes = { 'event.id': event.id, 'event.type': event.type, 'event.attempt': event.attempts };
    await traced('CONSUMER', handler.name, attributes, async () => {
      if (handler.outside) await this.handle(event, handler);
      const changed = await this.noted(event, handler, !handler.outside);
      for (const aggregate of changed) logEffect(event, handler, aggregate);
    });
  }

  /**
   * Notes that the handler has run, and with `runs`, in the same transaction, runs it. Deliveries to one handler share
   * transactions. Returns what it has changed.
   */
  private async noted(event: PendingEvent, handler: Handler, runs: boolean): Promise<Iterable<AggregateRoot>> {
    const handling = { eventId: event.id, handler: handler.name };
    const work = async (): Promise<Iterable<AggregateRoot>> => {
      const unit = currentUnit();
      if (await unit.ask(findHandled, handling, findHandled)) return [];
      if (runs) await this.handle(event, handler);
      unit.handling = handling;
      return unit.changed;
    };
    return this.unitOfWork.run(work, handler).catch((error: unknown) => {
      if (error instanceof HandledAlready) return [];
      throw error;
    });
  }

  private async handle({ id, type, payload, attempts, occurred_at }: PendingEvent, handler: Handler): Promise<void> {
    const isLastTry = attempts > this.settings.OUTBOX_RETRY_DELAYS.length;
    await handler.handle({ type, ...payload }, { id, occurredAt: occurred_at, isLastTry });
  }

  /** Keeps the events from other workers for another OUTBOX_LEASE. */
  async renewLeases(events: readonly ClaimedEvent[]): Promise<void> {
    const claimedUntil = `clock_timestamp() + $3 * interval '1 millisecond'`;
    await this.settle(events, `claimed_until = ${claimedUntil}`, [this.settings.OUTBOX_LEASE]);
  }

  private async storeSent(events: readonly ClaimedEvent[]): Promise<void[]> {
    // Without a broker a handled event counts as published, so that none pile up for a broker that may never come.
    const published = this.settings.NATS_URL ? 'published_at' : 'clock_timestamp()';
    const payload = `CASE WHEN payload ? 'private' THEN payload - 'private' ELSE payload END`;
    const sent = `status = 'sent', sent_at = clock_timestamp(), last_error = NULL`;
    await this.settle(events, `${sent}, published_at = ${published}, payload = ${payload}`, []);
    return events.map(() => undefined);
  }

  /** Never rejects: without the database nothing can be stored, the lease expires and the event is retried. */
  private async markFailed(event: ClaimedEvent, error: Error): Promise<void> {
    const { id: eventId, type, attempts: attempt } = event;
    const delay = this.settings.OUTBOX_RETRY_DELAYS[attempt - 1] as number | undefined;
    metrics.workerErrors.inc();
    log.error({ err: error, eventId, type, attempt, dead: delay === undefined }, 'an event could not be handled');
    const message = `${error.name}: ${error.message}`;
    const nextAttemptAt = `clock_timestamp() + $4 * interval '1 millisecond'`;
    const settled =
      delay === undefined
        ? this.settle([event], `status = 'dead', claimed_until = NULL, last_error = $3`, [message])
        : this.settle([event], `claimed_until = NULL, last_error = $3, next_attempt_at = ${nextAttemptAt}`, [
            message,
            Math.round(delay + Math.random() * Math.min(delay, 1_000)),
          ]);
    await settled.catch((err: unknown) => log.warn({ err, eventId }, 'a failed attempt could not be stored'));
  }

  /** Writes only while the attempts are current: after an expired lease another worker may have an event. */
  private async settle(events: readonly ClaimedEvent[], change: string, parameters: unknown[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE platform.outbox o SET ${change} FROM unnest($1::uuid[], $2::integer[]) AS d (id, attempts)
       WHERE o.id = d.id AND o.status = 'pending' AND o.attempts = d.attempts`,
      [events.map(({ id }) => id), events.map(({ attempts }) => attempts), ...parameters],
    );
  }
}

/** Logs what a handler has changed, once that is committed, with the status that it has now. */
function logEffect({ id: eventId, type }: PendingEvent, handler: Handler, aggregate: AggregateRoot): void {
  const { id: aggregateId, status } = aggregate as AggregateRoot & { status?: string };
  const effect = { aggregate: aggregate.constructor.name, aggregateId, status };
  log.info({ eventId, type, handler: handler.name, ...effect }, 'an event took effect');
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Logs and events of the work name this event as their cause, and the request that it came from. */
const inContextOf = (
  { id: causationId, request_id, traceparent }: PendingEvent,
  work: () => Promise<void>,
): Promise<void> =>
  requestContext.run({ requestId: request_id ?? newId(), traceparent: traceparent ?? undefined, causationId }, work);
