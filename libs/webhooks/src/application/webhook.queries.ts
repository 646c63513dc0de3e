import { Injectable } from '@nestjs/common';
import { type KeyColumns, Keyset, type List, Reads } from '@holdfast/platform';
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

interface EndpointRow {
  id: string;
  url: string;
  description: string | null;
  event_types: string;
  active: boolean;
  disabled_because: string | null;
  previous_secret_ends_at: Date | null;
  created_at: Date;
  updated_at: Date;
  version: number;
}

interface DeliveryRow {
  event_id: string;
  event_type: string;
  aggregate_id: string;
  status: DeliveryStatus;
  attempts: number;
  next_attempt_at: Date;
  sent_at: Date | null;
  response_status: number | null;
  last_error: string | null;
  created_at: Date;
}

const ENDPOINT = `id, url, description, event_types, active, disabled_because, previous_secret_ends_at, created_at,
                  updated_at, version`;
const DELIVERY = `event_id, event_type, aggregate_id, status, attempts, next_attempt_at, sent_at, response_status,
                  last_error, created_at`;

@Injectable()
export class WebhookQueries {
  constructor(private readonly reads: Reads) {}

  /** Newest first. */
  async endpoints({ cursor, limit }: { cursor?: string; limit: number }): Promise<List<EndpointView>> {
    const key = { key: 'created_at', type: 'timestamptz', id: 'id', descending: true } as const;
    const page = new Keyset({ ...key, boundTo: {}, cursor, limit });
    const parameters: unknown[] = [];
    const rows = await this.reads.query<EndpointRow & KeyColumns>(
      `SELECT ${ENDPOINT}, ${page.columns} FROM webhooks.endpoints WHERE ${page.after(parameters)} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows, endpointOf);
  }

  /** Throws EndpointNotFound. */
  async endpoint(id: string): Promise<EndpointView> {
    const [row] = await this.reads.query<EndpointRow>(`SELECT ${ENDPOINT} FROM webhooks.endpoints WHERE id = $1`, [id]);
    if (!row) throw new EndpointNotFound();
    return endpointOf(row);
  }

  /** Newest event first. Throws EndpointNotFound. */
  async deliveries(endpointId: string, { status, cursor, limit }: DeliveryFilter): Promise<List<DeliveryView>> {
    await this.endpoint(endpointId);
    const key = { key: 'sequence', type: 'bigint', id: 'event_id', descending: true } as const;
    const page = new Keyset({ ...key, boundTo: { endpointId, status }, cursor, limit });
    const parameters: unknown[] = [endpointId];
    const conditions = ['endpoint_id = $1', page.after(parameters)];
    if (status) conditions.push(`status = $${parameters.push(status)}`);
    const rows = await this.reads.query<DeliveryRow & KeyColumns>(
      `SELECT ${DELIVERY}, ${page.columns} FROM webhooks.deliveries WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows, deliveryOf);
  }
}

/** An endpoint as it stands in its unit of work: the shape that the queries give from the table. */
export const endpointView = (endpoint: Endpoint): EndpointView => {
  const { id, url, description, eventTypes, active, disabledBecause, version } = endpoint;
  return {
    ...{ id, url, description, eventTypes, active, disabledBecause, version },
    previousSecretEndsAt: endpoint.previousSecretEndsAt?.toISOString() ?? null,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
};

const endpointOf = ({ id, url, description, active, version, ...row }: EndpointRow): EndpointView => ({
  ...{ id, url, description, active, version },
  eventTypes: row.event_types === '' ? [] : row.event_types.split(','),
  disabledBecause: row.disabled_because,
  previousSecretEndsAt: row.previous_secret_ends_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const deliveryOf = ({ status, attempts, ...row }: DeliveryRow): DeliveryView => ({
  eventId: row.event_id,
  eventType: row.event_type,
  aggregateId: row.aggregate_id,
  ...{ status, attempts },
  nextAttemptAt: status === 'pending' ? row.next_attempt_at.toISOString() : null,
  sentAt: row.sent_at?.toISOString() ?? null,
  responseStatus: row.response_status,
  lastError: row.last_error,
  createdAt: row.created_at.toISOString(),
});
