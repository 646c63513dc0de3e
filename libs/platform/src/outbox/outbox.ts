import { type DomainEvent, newId } from '@holdfast/shared-kernel';
import type { RequestContext } from '../observability';
import type { Statement } from '../persistence';

export interface RecordedEvent {
  aggregateId: string;
  event: DomainEvent;
  /** The context of the request or event that caused the event. */
  context?: RequestContext;
}

/** The payload without `private`, which is for our own handlers: it is neither published nor shown. */
export const PUBLIC_PAYLOAD = `o.payload - 'private' AS payload`;

/** Writes events in the transaction of the change that they report: neither exists without the other. */
export async function writeEvents(events: RecordedEvent[], statement: Statement): Promise<void> {
  if (!events.length) return;
  await statement(
    `INSERT INTO platform.outbox (id, type, aggregate_id, payload, request_id, traceparent, causation_id)
     SELECT e.id, e.type, e.aggregate_id, e.payload, e.request_id, e.traceparent, e.causation_id
     FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::uuid[], $6::text[], $7::uuid[]) WITH ORDINALITY
       AS e(id, type, aggregate_id, payload, request_id, traceparent, causation_id, n)
     ORDER BY e.n`,
    [
      events.map(() => newId()),
      events.map(({ event }) => event.type),
      events.map(({ aggregateId }) => aggregateId),
      events.map(({ event: { type: _, ...payload } }) => JSON.stringify(payload)),
      events.map(({ context }) => context?.requestId ?? null),
      events.map(({ context }) => context?.traceparent ?? null),
      events.map(({ context }) => context?.causationId ?? null),
    ],
  );
}
