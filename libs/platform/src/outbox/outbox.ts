import { type DomainEvent, newId } from '@holdfast/shared-kernel';
import { requestContext } from '../observability/request-context';
import type { Statement } from '../persistence/set-writer';

export interface RecordedEvent {
  aggregateId: string;
  event: DomainEvent;
}

/** Writes events beside the change they report: one transaction, so neither exists without the other. */
export async function writeEvents(events: RecordedEvent[], statement: Statement): Promise<void> {
  if (!events.length) return;
  const { requestId = null, traceparent = null, causationId = null } = requestContext.getStore() ?? {};
  await statement(
    `INSERT INTO platform.outbox (id, type, aggregate_id, payload, request_id, traceparent, causation_id)
     SELECT e.id, e.type, e.aggregate_id, e.payload, $5, $6, $7
     FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[]) WITH ORDINALITY AS e(id, type, aggregate_id, payload, n)
     ORDER BY e.n`,
    [
      events.map(() => newId()),
      events.map(({ event }) => event.type),
      events.map(({ aggregateId }) => aggregateId),
      events.map(({ event: { type: _, ...payload } }) => JSON.stringify(payload)),
      requestId,
      traceparent,
      causationId,
    ],
  );
}
