import { Injectable } from '@nestjs/common';
import { isoTime, type KeyColumns, Keyset, type List, Reads } from '@holdfast/platform';
import type { DeliveryStatus } from '../domain/delivery';
import type { Endpoint } from '../domain/endpoint';
import { EndpointNotFound } from '../domain/webhooks.errors';

export interface EndpointView {
  id: string;
  url: string;
  description: string | null;
  eventTypes: string[];
  active: boolean;
  disabledBecause: string | null;
  previousSecretEndsAt: string | null;
  createdAt: string;
  updatedAt: string;
  version: number;
}

export interface DeliveryView {
  eventId: string;
  eventType: string;
  aggregateId: string;
  status: DeliveryStatus;
  attempts: number;
  nextAttemptAt: string | null;
  sentAt: string | null;
  responseStatus: number | null;
  lastError: string | null;
  createdAt: string;
}

export interface DeliveryFilter {
  status?: DeliveryStatus;
  cursor?: string;
  limit: number;
}

const ENDPOINT = `id, url, description, string_to_array(event_types, ',') AS "eventTypes", active,
  disabled_because AS "disabledBecause", ${isoTime('previous_secret_ends_at')} AS "previousSecretEndsAt",
  ${isoTime('created_at')} AS "createdAt", ${isoTime('updated_at')} AS "updatedAt", version`;

const DELIVERY = `event_id AS "eventId", event_type AS "eventType", aggregate_id AS "aggregateId", status, attempts,
  CASE WHEN status = 'pending' THEN ${isoTime('next_attempt_at')} END AS "nextAttemptAt",
  ${isoTime('sent_at')} AS "sentAt", response_status AS "responseStatus", last_error AS "lastError",
  ${isoTime('created_at')} AS "createdAt"`;

@Injectable()
export class WebhookQueries {
  constructor(private readonly reads: Reads) {}

  /** Newest first. */
  async endpoints({ cursor, limit }: { cursor?: string; limit: number }): Promise<List<EndpointView>> {
    const key = { key: 'created_at', type: 'timestamptz', id: 'id', descending: true } as const;
    const page = new Keyset({ ...key, boundTo: {}, cursor, limit });
    const parameters: unknown[] = [];
    const rows = await this.reads.query<EndpointView & KeyColumns>(
      `SELECT ${ENDPOINT}, ${page.columns} FROM webhooks.endpoints
       WHERE ${page.after(parameters)} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows);
  }

  /** Throws EndpointNotFound. */
  async endpoint(id: string): Promise<EndpointView> {
    const [endpoint] = await this.reads.query<EndpointView>(
      `SELECT ${ENDPOINT} FROM webhooks.endpoints WHERE id = $1`,
      [id],
    );
    if (!endpoint) throw new EndpointNotFound();
    return endpoint;
  }

  /** Newest event first. Throws EndpointNotFound. */
  async deliveries(endpointId: string, { status, cursor, limit }: DeliveryFilter): Promise<List<DeliveryView>> {
    await this.endpoint(endpointId);
    const key = { key: 'sequence', type: 'bigint', id: 'event_id', descending: true } as const;
    const page = new Keyset({ ...key, boundTo: { endpointId, status }, cursor, limit });
    const parameters: unknown[] = [endpointId];
    const conditions = ['endpoint_id = $1', page.after(parameters)];
    if (status) conditions.push(`status = $${parameters.push(status)}`);
    const rows = await this.reads.query<DeliveryView & KeyColumns>(
      `SELECT ${DELIVERY}, ${page.columns} FROM webhooks.deliveries
       WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows);
  }
}

/** An endpoint as it stands in its unit of work, in the shape that the queries return. */
export const endpointView = (endpoint: Endpoint): EndpointView => {
  const { id, url, description, eventTypes, active, disabledBecause, version } = endpoint;
  return {
    ...{ id, url, description, eventTypes, active, disabledBecause, version },
    previousSecretEndsAt: endpoint.previousSecretEndsAt?.toISOString() ?? null,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
};
