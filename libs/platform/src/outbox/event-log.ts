import { Injectable } from '@nestjs/common';
import type { DomainEvent } from '@holdfast/shared-kernel';
import { currentUnit } from '../unit-of-work/unit';

/** What was published, delivered yet or not: for who needs to know before his turn to be told. */
@Injectable()
export class EventLog {
  /** All events of an aggregate, oldest first. */
  async of(aggregateId: string): Promise<DomainEvent[]> {
    const { rows } = await currentUnit().statement<{ type: string; payload: object }>(
      'SELECT type, payload FROM platform.outbox WHERE aggregate_id = $1 ORDER BY sequence',
      [aggregateId],
    );
    return rows.map(({ type, payload }) => ({ type, ...payload }));
  }
}
