import { Injectable } from '@nestjs/common';
import { HttpProblem } from '../problems';
import { type KeyColumns, Keyset, type List, Reads } from '../reads';
import { currentUnit, UnitOfWork } from '../unit-of-work';
import { OutboxSignal, PUBLIC_PAYLOAD } from '../outbox';

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

interface EventRow {
  id: string;
  type: string;
  aggregate_id: string;
  payload: object;
  request_id: string | null;
  occurred_at: Date;
  status: EventStatus;
  attempts: number;
  next_attempt_at: Date;
  sent_at: Date | null;
  last_error: string | null;
}

const COLUMNS = `o.id, o.type, o.aggregate_id, ${PUBLIC_PAYLOAD}, o.request_id, o.occurred_at, o.status, o.attempts,
                 o.next_attempt_at, o.sent_at, o.last_error`;

/** What an admin sees of the outbox, and does about its dead letters. */
@Injectable()
export class OutboxQueries {
  constructor(
    private readonly reads: Reads,
    private readonly signal: OutboxSignal,
  ) {}

  /** Newest first. */
  async list({
    status,
    cursor,
    limit,
  }: {
    status?: EventStatus;
    cursor?: string;
    limit: number;
  }): Promise<List<OutboxEventView>> {
    const boundTo = { status };
    const page = new Keyset({
      key: 'o.sequence',
      type: 'bigint',
      id: 'o.id',
      descending: true,
      boundTo,
      cursor,
      limit,
    });
    const parameters: unknown[] = [];
    const conditions = [page.after(parameters)];
    if (status) conditions.push(`o.status = $${parameters.push(status)}`);
    const rows = await this.reads.query<EventRow & KeyColumns>(
      `SELECT ${COLUMNS}, ${page.columns} FROM platform.outbox o WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows, viewOf);
  }

  /** Gives a dead event all its attempts anew, under its own id. Throws EventNotFound or EventNotDead. */
  async retry(id: string): Promise<OutboxEventView> {
    const event = await this.change(id, `status = 'pending', attempts = 0, next_attempt_at = clock_timestamp()`);
    this.signal.notify();
    return event;
  }

  /** Gives a dead event up: the later events of its aggregate go on. It stays in the log. */
  async discard(id: string): Promise<void> {
    await this.change(id, `status = 'discarded'`);
    this.signal.notify();
  }

  @UnitOfWork()
  private async change(id: string, change: string): Promise<OutboxEventView> {
    const { statement } = currentUnit();
    const {
      rows: [row],
    } = await statement<EventRow>(
      `UPDATE platform.outbox o SET ${change} WHERE o.id = $1 AND o.status = 'dead' RETURNING ${COLUMNS}`,
      [id],
    );
    if (row) return viewOf(row);
    const {
      rows: [known],
    } = await statement<{ status: EventStatus }>('SELECT status FROM platform.outbox WHERE id = $1', [id]);
    throw known ? new EventNotDead(known.status) : new EventNotFound();
  }
}

export class EventNotFound extends HttpProblem {
  constructor() {
    super(404, 'event-not-found', 'There is no such event.');
  }
}

export class EventNotDead extends HttpProblem {
  constructor(eventStatus: EventStatus) {
    super(409, 'event-not-dead', `Only a dead event can be retried or discarded; this one is ${eventStatus}.`, {
      eventStatus,
    });
  }
}

const viewOf = (row: EventRow): OutboxEventView => ({
  id: row.id,
  type: row.type,
  aggregateId: row.aggregate_id,
  payload: row.payload,
  requestId: row.request_id,
  occurredAt: row.occurred_at.toISOString(),
  status: row.status,
  attempts: row.attempts,
  nextAttemptAt: row.status === 'pending' ? row.next_attempt_at.toISOString() : null,
  sentAt: row.sent_at?.toISOString() ?? null,
  lastError: row.last_error,
});
