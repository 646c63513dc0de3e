import { Injectable } from '@nestjs/common';
import { DomainError } from '@holdfast/shared-kernel';
import { OutboxSignal, PUBLIC_PAYLOAD } from '../outbox';
import { isoTime, type KeyColumns, Keyset, type List, Reads } from '../reads';
import { currentUnit, UnitOfWork } from '../unit-of-work';

export type EventStatus = 'pending' | 'sent' | 'dead' | 'discarded';
export const EVENT_STATUSES: EventStatus[] = ['pending', 'sent', 'dead', 'discarded'];

export interface OutboxEventView {
  id: string;
  type: string;
  aggregateId: string;
  payload: object;
  requestId: string | null;
  occurredAt: string;
  status: EventStatus;
  attempts: number;
  nextAttemptAt: string | null;
  sentAt: string | null;
  lastError: string | null;
}

/** The dead letters, as a subquery for other contexts. */
export const DEAD_LETTERS = `SELECT id, type, aggregate_id, occurred_at FROM platform.outbox WHERE status = 'dead'`;

interface OutboxFilter {
  status?: EventStatus;
  cursor?: string;
  limit: number;
}

const COLUMNS = `o.id, o.type, o.aggregate_id AS "aggregateId", ${PUBLIC_PAYLOAD}, o.request_id AS "requestId",
  ${isoTime('o.occurred_at')} AS "occurredAt", o.status, o.attempts,
  CASE WHEN o.status = 'pending' THEN ${isoTime('o.next_attempt_at')} END AS "nextAttemptAt",
  ${isoTime('o.sent_at')} AS "sentAt", o.last_error AS "lastError"`;

/** The outbox and its dead letters, for admins. */
@Injectable()
export class OutboxQueries {
  constructor(
    private readonly reads: Reads,
    private readonly signal: OutboxSignal,
  ) {}

  /** Newest first. */
  async list({ status, cursor, limit }: OutboxFilter): Promise<List<OutboxEventView>> {
    const by = { key: 'o.sequence', type: 'bigint', id: 'o.id', descending: true } as const;
    const page = new Keyset({ ...by, boundTo: { status }, cursor, limit });
    const parameters: unknown[] = [];
    const conditions = [page.after(parameters)];
    if (status) conditions.push(`o.status = $${parameters.push(status)}`);
    const rows = await this.reads.query<OutboxEventView & KeyColumns>(
      `SELECT ${COLUMNS}, ${page.columns} FROM platform.outbox o
       WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows);
  }

  /** Gives a dead event all its attempts again, under its own id. Throws EventNotFound or EventNotDead. */
  async retry(id: string): Promise<OutboxEventView> {
    const event = await this.change(id, `status = 'pending', attempts = 0, next_attempt_at = clock_timestamp()`);
    this.signal.notify();
    return event;
  }

  /** Discards a dead event, which stays in the log, and frees the later events of its aggregate. */
  async discard(id: string): Promise<void> {
    await this.change(id, `status = 'discarded'`);
    this.signal.notify();
  }

  @UnitOfWork()
  private async change(id: string, change: string): Promise<OutboxEventView> {
    const { statement } = currentUnit();
    const changed = await statement<OutboxEventView>(
      `UPDATE platform.outbox o SET ${change} WHERE o.id = $1 AND o.status = 'dead' RETURNING ${COLUMNS}`,
      [id],
    );
    if (changed.affected) return changed.rows[0];
    const known = await statement<{ status: EventStatus }>('SELECT status FROM platform.outbox WHERE id = $1', [id]);
    throw known.affected ? new EventNotDead(known.rows[0].status) : new EventNotFound();
  }
}

export class EventNotFound extends DomainError {
  constructor() {
    super('event-not-found', 'not-found', 'There is no such event.');
  }
}

export class EventNotDead extends DomainError {
  constructor(eventStatus: EventStatus) {
    const message = `Only a dead event can be retried or discarded; this one is ${eventStatus}.`;
    super('event-not-dead', 'conflict', message, { eventStatus });
  }
}
