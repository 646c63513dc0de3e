import { PUBLIC_PAYLOAD } from '../outbox';

/** An event of the outbox, as it is published. */
export interface LoggedEvent {
  id: string;
  type: string;
  aggregate_id: string;
  /** Rises per aggregate in commit order, with gaps. */
  sequence: string;
  payload: object;
  occurred_at: Date;
  request_id: string | null;
  traceparent: string | null;
  causation_id: string | null;
}

export const LOGGED_EVENT = `o.id, o.type, o.aggregate_id, o.sequence, ${PUBLIC_PAYLOAD}, o.occurred_at, o.request_id,
                             o.traceparent, o.causation_id`;

/** CloudEvents 1.0 in the structured mode: one document, the same bytes for the broker and for every subscriber. */
export interface CloudEvent {
  specversion: '1.0';
  /** The same at every delivery. Consumers recognise repetitions by source and id. */
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  /** Order is kept within a key: the aggregate's id. */
  partitionkey: string;
  /** Rises within a partition key, and sorts as text. */
  sequence: string;
  traceparent?: string;
  /** The id of the request at the beginning of the chain. */
  correlationid?: string;
  /** The id of the event that caused this one. */
  causationid?: string;
  data: object;
}

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8';

/** Optional attributes are left out when they are not known: CloudEvents has no null. */
export function cloudEventOf(event: LoggedEvent): CloudEvent {
  const [context] = event.type.split('.');
  return {
    specversion: '1.0',
    id: event.id,
    source: `/holdfast/${context}`,
    type: `holdfast.${event.type}.v1`,
    subject: event.aggregate_id,
    time: event.occurred_at.toISOString(),
    datacontenttype: 'application/json',
    partitionkey: event.aggregate_id,
    sequence: event.sequence.padStart(19, '0'),
    traceparent: event.traceparent ?? undefined,
    correlationid: event.request_id ?? undefined,
    causationid: event.causation_id ?? undefined,
    data: event.payload,
  };
}
