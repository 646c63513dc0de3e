import { Injectable } from '@nestjs/common';
import { currentUnit, firstIdOf, sweepAll } from '@holdfast/platform';
import { DataSource } from 'typeorm';
import { type Attempt, DeliveryRepository, type DeliveryStatus, type NewEvent, type Outcome } from '../domain/delivery';
import { DeliveryNotFound, DeliveryPending } from '../domain/webhooks.errors';

@Injectable()
export class SqlDeliveryRepository extends DeliveryRepository {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  async add(events: NewEvent[]): Promise<void> {
    const all = <Key extends keyof NewEvent>(key: Key) => events.map((event) => event[key]);
    // FOR SHARE makes disabling an endpoint wait: these deliveries then end with its others.
    await currentUnit().statement(
      `INSERT INTO webhooks.deliveries
         (endpoint_id, event_id, event_type, aggregate_id, sequence, body, request_id, traceparent)
       SELECT e.id, n.* FROM webhooks.endpoints e,
         unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::text[])
           AS n (event_id, event_type, aggregate_id, sequence, body, request_id, traceparent)
       WHERE e.active AND (e.event_types = ''
         OR ARRAY[n.event_type, split_part(n.event_type, '.', 1) || '.*'] && string_to_array(e.event_types, ','))
       FOR SHARE OF e`,
      [
        all('eventId'),
        all('eventType'),
        all('aggregateId'),
        all('sequence'),
        all('body'),
        all('requestId'),
        all('traceparent'),
      ],
    );
  }

  async claim({
    perEndpoint,
    inProgress,
    attempts,
    lease,
  }: Parameters<DeliveryRepository['claim']>[0]): Promise<Attempt[]> {
    await this.dataSource.query(
      `UPDATE webhooks.deliveries
       SET status = 'dead', claimed_until = NULL, last_error = 'the worker ended during the last attempt'
       WHERE status = 'pending' AND attempts >= $1 AND claimed_until <= clock_timestamp()`,
      [attempts],
    );
    const [claimed] = await this.dataSource.query<[Attempt[], number]>(
      `WITH due AS (
         SELECT d.* FROM webhooks.endpoints e
         LEFT JOIN unnest($1::uuid[], $2::int[]) AS busy (endpoint_id, in_progress) ON busy.endpoint_id = e.id
         CROSS JOIN LATERAL (
           SELECT d.endpoint_id, d.event_id FROM webhooks.deliveries d
           WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.attempts < $4
             AND d.next_attempt_at <= clock_timestamp()
             AND (d.claimed_until IS NULL OR d.claimed_until <= clock_timestamp())
             AND NOT EXISTS (SELECT FROM webhooks.deliveries p WHERE p.endpoint_id = d.endpoint_id
                             AND p.aggregate_id = d.aggregate_id AND p.sequence < d.sequence AND p.status = 'pending')
           ORDER BY d.sequence LIMIT $3 - coalesce(busy.in_progress, 0) FOR UPDATE SKIP LOCKED) d
         WHERE e.active)
       UPDATE webhooks.deliveries d
       SET attempts = d.attempts + 1, claimed_until = clock_timestamp() + $5 * interval '1 millisecond'
       FROM due JOIN webhooks.endpoints e ON e.id = due.endpoint_id
       WHERE d.endpoint_id = due.endpoint_id AND d.event_id = due.event_id
       RETURNING d.endpoint_id AS "endpointId", e.url, d.event_id AS "eventId", d.event_type AS "eventType", d.body,
         d.attempts, d.request_id AS "requestId", d.traceparent,
         CASE WHEN e.previous_secret_ends_at > clock_timestamp() THEN ARRAY[e.secret, e.previous_secret]
              ELSE ARRAY[e.secret] END AS secrets`,
      [[...inProgress.keys()], [...inProgress.values()], perEndpoint, attempts, lease],
    );
    return claimed;
  }

  async settle({ endpointId, eventId, attempts }: Attempt, outcome: Outcome): Promise<void> {
    const { status, responseStatus = null } = outcome;
    const error = outcome.status === 'sent' ? null : outcome.error;
    const delay = outcome.status === 'pending' ? Math.round(outcome.delay) : 0;
    await this.dataSource.query(
      `UPDATE webhooks.deliveries
       SET status = $4, response_status = $5, last_error = $6, claimed_until = NULL,
         sent_at = CASE WHEN $4 = 'sent' THEN clock_timestamp() END,
         next_attempt_at = clock_timestamp() + $7 * interval '1 millisecond'
       WHERE endpoint_id = $1 AND event_id = $2 AND attempts = $3
         AND (status = 'pending' OR status = 'dead' AND $4 <> 'pending')`,
      [endpointId, eventId, attempts, status, responseStatus, error, delay],
    );
  }

  async killPending(endpointId: string, because: string): Promise<void> {
    await currentUnit().statement(
      `UPDATE webhooks.deliveries SET status = 'dead', claimed_until = NULL, last_error = $2
       WHERE endpoint_id = $1 AND status = 'pending'`,
      [endpointId, because],
    );
  }

  async redeliver(endpointId: string, eventId: string): Promise<void> {
    const { statement } = currentUnit();
    const { rows } = await statement<{ status: DeliveryStatus }>(
      'SELECT status FROM webhooks.deliveries WHERE endpoint_id = $1 AND event_id = $2 FOR UPDATE',
      [endpointId, eventId],
    );
    if (!rows.length) throw new DeliveryNotFound();
    if (rows[0].status === 'pending') throw new DeliveryPending();
    await statement(
      `UPDATE webhooks.deliveries
       SET status = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), sent_at = NULL
       WHERE endpoint_id = $1 AND event_id = $2`,
      [endpointId, eventId],
    );
  }

  sweep(age: number): Promise<number> {
    return sweepAll(async (atMost) => {
      const [, count] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM webhooks.deliveries WHERE (endpoint_id, event_id) IN (
           SELECT d.endpoint_id, d.event_id FROM webhooks.endpoints e
           JOIN webhooks.deliveries d ON d.endpoint_id = e.id AND d.event_id < $1 AND d.status <> 'pending'
           LIMIT $2 FOR UPDATE OF d SKIP LOCKED)`,
        [firstIdOf(Date.now() - age), atMost],
      );
      return count;
    });
  }
}
