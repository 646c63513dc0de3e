import { Injectable } from '@nestjs/common';
import type { DomainEvent } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { type Statement, sweepAll } from '../persistence';
import { currentUnit } from '../unit-of-work';

/** The recorded events, whether or not they were delivered. */
@Injectable()
export class EventLog {
  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
  ) {}

  /** All events of an aggregate that the log still has, oldest first. */
  async of(aggregateId: string): Promise<DomainEvent[]> {
    return currentUnit().ask('events of an aggregate', aggregateId, eventsOf);
  }

  /**
   * Aggregates with an event of the type that is not handled after so many milliseconds, or is dead; oldest first.
   * `begun` leaves out the events that no worker has begun with.
   */
  async findUnhandled(
    type: string,
    { olderThan, atMost, begun = false }: { olderThan: number; atMost: number; begun?: boolean },
  ): Promise<string[]> {
    const { rows } = await currentUnit().statement<{ aggregateId: string }>(
      `SELECT aggregate_id AS "aggregateId" FROM platform.outbox
       WHERE type = $1 AND status IN ('pending', 'dead') AND occurred_at < clock_timestamp() - $2 * interval '1 millisecond'
         AND (attempts > 0 OR NOT $4)
       ORDER BY sequence LIMIT $3`,
      [type, olderThan, atMost, begun],
    );
    return rows.map(({ aggregateId }) => aggregateId);
  }

  /**
   * Deletes settled events older than EVENT_RETENTION, with the notes of their handlers, in short transactions. Returns
   * their number. An event's id begins with its time, so the primary key finds them.
   */
  sweep(): Promise<number> {
    const before = firstIdOf(Date.now() - this.settings.EVENT_RETENTION);
    return sweepAll(async (atMost) => {
      const [{ deleted }] = await this.dataSource.query<{ deleted: number }[]>(
        `WITH old AS (
           SELECT id FROM platform.outbox
           WHERE id < $1 AND status IN ('sent', 'discarded') AND published_at IS NOT NULL AND announced_at IS NOT NULL
           ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED),
         notes AS (DELETE FROM platform.handled_events WHERE event_id IN (SELECT id FROM old)),
         events AS (DELETE FROM platform.outbox WHERE id IN (SELECT id FROM old) RETURNING 1)
         SELECT count(*)::int AS deleted FROM events`,
        [before, atMost],
      );
      return deleted;
    });
  }
}

async function eventsOf(aggregateIds: string[], statement: Statement): Promise<DomainEvent[][]> {
  const { rows } = await statement<{ aggregateId: string; type: string; payload: object }>(
    `SELECT aggregate_id AS "aggregateId", type, payload FROM platform.outbox
     WHERE aggregate_id = ANY ($1::uuid[]) ORDER BY sequence`,
    [aggregateIds],
  );
  return aggregateIds.map((id) =>
    rows.filter((row) => row.aggregateId === id).map(({ type, payload }) => ({ type, ...payload })),
  );
}

/** The last millisecond that a UUIDv7 can hold; 48 bits. */
const LAST_MS = 2 ** 48 - 1;

/** The least UUIDv7 of this time, in milliseconds since 1970; the first or the last possible for a time beyond. */
export function firstIdOf(time: number): string {
  const hex = Math.min(Math.max(Math.floor(time), 0), LAST_MS)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
