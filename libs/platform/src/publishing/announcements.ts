import { Injectable } from '@nestjs/common';
import { currentUnit } from '../unit-of-work';
import { LOGGED_EVENT, type LoggedEvent } from './cloud-event';

/** Hands out each event of the log once, to be passed on. */
@Injectable()
export class Announcements {
  /**
   * Takes the oldest events that were not taken. The commit of the unit of work makes it final. Only one unit at a time
   * gets events: of two, the later one could commit first, and with it the later event of an aggregate.
   */
  async take(atMost: number): Promise<LoggedEvent[]> {
    const { statement } = currentUnit();
    const { rows } = await statement<{ alone: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtext('holdfast.announcements')) AS alone`,
      [],
    );
    if (!rows[0].alone) return [];
    const taken = await statement<LoggedEvent>(
      `WITH next AS (SELECT id FROM platform.outbox WHERE announced_at IS NULL ORDER BY sequence LIMIT $1 FOR UPDATE)
       UPDATE platform.outbox o SET announced_at = clock_timestamp() FROM next WHERE o.id = next.id
       RETURNING ${LOGGED_EVENT}`,
      [atMost],
    );
    return taken.rows;
  }
}
