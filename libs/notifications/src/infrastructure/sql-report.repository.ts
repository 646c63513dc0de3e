import { Injectable } from '@nestjs/common';
import { currentUnit, DEAD_LETTERS, isoTime } from '@holdfast/platform';
import type { Alert, Report } from '../domain/message';
import { ReportRepository } from '../domain/message.repository';

/** A day is one of UTC. */
const DUE = {
  'a minute': `reported_at <= clock_timestamp() - interval '1 minute'`,
  'a day': `reported_at < date_trunc('day', clock_timestamp(), 'UTC')`,
};

@Injectable()
export class SqlReportRepository extends ReportRepository {
  async keep(eventId: string, { kind, facts }: Alert): Promise<void> {
    await currentUnit().statement(
      'INSERT INTO notifications.alerts (event_id, kind, facts) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [eventId, kind, JSON.stringify(facts)],
    );
  }

  async keepDeadLetters(): Promise<void> {
    await currentUnit().statement(
      `INSERT INTO notifications.alerts (event_id, kind, facts)
       SELECT d.id, 'dead-letter',
         jsonb_build_object('eventId', d.id, 'type', d.type, 'occurredAt', ${isoTime('d.occurred_at')})
       FROM (${DEAD_LETTERS}) d
       WHERE NOT EXISTS (SELECT FROM notifications.alerts WHERE event_id = d.id AND kind = 'dead-letter')
         AND NOT EXISTS (SELECT FROM notifications.messages WHERE id = d.aggregate_id AND customer_id IS NULL)
       ON CONFLICT DO NOTHING`,
      [],
    );
  }

  async isDue(kind: Report['occasion'], since: keyof typeof DUE): Promise<boolean> {
    const { affected } = await currentUnit().statement(
      `SELECT FROM notifications.reports WHERE kind = $1 AND ${DUE[since]} FOR UPDATE SKIP LOCKED`,
      [kind],
    );
    return affected > 0;
  }

  async take(eventId: string): Promise<Alert[]> {
    const { rows } = await currentUnit().statement<Alert>(
      `WITH taken AS (
         UPDATE notifications.alerts SET reported_in = $1 WHERE reported_in IS NULL RETURNING event_id, kind, facts)
       SELECT kind, facts FROM taken ORDER BY event_id`,
      [eventId],
    );
    return rows;
  }

  async noteReport(kind: Report['occasion']): Promise<void> {
    await currentUnit().statement('UPDATE notifications.reports SET reported_at = clock_timestamp() WHERE kind = $1', [
      kind,
    ]);
  }
}
