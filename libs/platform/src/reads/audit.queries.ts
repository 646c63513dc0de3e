import { Injectable } from '@nestjs/common';
import { isoTime } from './iso-time';
import { type KeyColumns, Keyset, type List } from './keyset';
import { Reads } from './reads';
import type { ActorKind } from '../observability';

export interface AuditEntryView {
  id: string;
  actorKind: ActorKind;
  actorId: string;
  operation: string;
  objectType: string | null;
  objectId: string | null;
  fields: string[];
  requestId: string;
  at: string;
}

export interface AuditFilter {
  actorId?: string;
  objectId?: string;
  cursor?: string;
  limit: number;
}

@Injectable()
export class AuditQueries {
  constructor(private readonly reads: Reads) {}

  /** Newest first. */
  async list({ actorId, objectId, cursor, limit }: AuditFilter): Promise<List<AuditEntryView>> {
    const boundTo = { actorId, objectId };
    const page = new Keyset({ key: 'l.at', type: 'timestamptz', id: 'l.id', descending: true, boundTo, cursor, limit });
    const parameters: unknown[] = [];
    const conditions = [page.after(parameters)];
    if (actorId) conditions.push(`actor_id = $${parameters.push(actorId)}`);
    if (objectId) conditions.push(`object_id = $${parameters.push(objectId)}`);
    const rows = await this.reads.query<AuditEntryView & KeyColumns>(
      `SELECT l.id, actor_kind AS "actorKind", actor_id AS "actorId", operation, object_type AS "objectType",
         object_id AS "objectId", fields, request_id AS "requestId", ${isoTime('l.at')} AS at, ${page.columns}
       FROM platform.audit_log l WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows);
  }
}
