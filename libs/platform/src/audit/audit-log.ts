import { Injectable } from '@nestjs/common';
import { newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import type { AuditedRequest } from '../observability';
import { type Statement, sweepAll } from '../persistence';

/** A new or changed object, and the names of its changed fields. Values are left out, as they may be personal. */
export interface ObjectChange {
  objectType: string;
  objectId: string;
  fields: string[];
}

export interface AuditRecord {
  requestId: string;
  request: AuditedRequest;
  change: { objectType: string | null; objectId: string | null; fields: string[] };
}

/** One record for each object. Where only the path names an object, as one that was deleted, one record for that. */
export function auditRecordsOf(
  context: { requestId: string; audited?: AuditedRequest } | undefined,
  changes: () => ObjectChange[],
): AuditRecord[] {
  if (!context?.audited) return [];
  const { requestId, audited: request } = context;
  const nameless = { objectType: null, objectId: request.objectId ?? null, fields: [] };
  const known = changes();
  return (known.length ? known : [nameless]).map((change) => ({ requestId, request, change }));
}

/** Writes the records in the transaction of the effects that they report: neither exists without the other. */
export async function writeAudit(records: AuditRecord[], statement: Statement): Promise<void> {
  if (!records.length) return;
  await statement(
    `INSERT INTO platform.audit_log (id, actor_kind, actor_id, operation, object_type, object_id, fields, request_id)
     SELECT r.id, r.actor_kind, r.actor_id, r.operation, r.object_type, r.object_id, r.fields, r.request_id
     FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::jsonb[], $8::uuid[])
       AS r(id, actor_kind, actor_id, operation, object_type, object_id, fields, request_id)`,
    [
      records.map(() => newId()),
      records.map(({ request }) => request.actorKind),
      records.map(({ request }) => request.actorId),
      records.map(({ request }) => request.operation),
      records.map(({ change }) => change.objectType),
      records.map(({ change }) => change.objectId),
      records.map(({ change }) => JSON.stringify(change.fields)),
      records.map(({ requestId }) => requestId),
    ],
  );
}

@Injectable()
export class AuditLog {
  constructor(
    private readonly settings: Settings,
    private readonly dataSource: DataSource,
  ) {}

  /** Deletes entries older than AUDIT_RETENTION, in short transactions. Returns their number. */
  sweep(): Promise<number> {
    return sweepAll(async (atMost) => {
      const [, count] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM platform.audit_log WHERE id IN (
           SELECT id FROM platform.audit_log WHERE at < clock_timestamp() - $1 * interval '1 millisecond'
           ORDER BY at, id LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [this.settings.AUDIT_RETENTION, atMost],
      );
      return count;
    });
  }
}
