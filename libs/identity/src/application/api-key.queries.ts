import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { type KeyColumns, Keyset, type List, Reads } from '@holdfast/platform';
import type { ApiKey } from '../domain/api-key';

export interface ApiKeyView {
  id: string;
  /** What the key begins with. */
  prefix: string;
  name: string;
  scopes: string[];
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

interface ApiKeyRow {
  id: string;
  name: string;
  scopes: string;
  created_by: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

/** Who calls with a key. */
export interface KeyHolder {
  id: string;
  scopes: string[];
  /** Its use was noted within the last minute. */
  isNoted: boolean;
}

interface Held {
  id: string;
  secretHash: string;
  scopes: string;
  isNoted: boolean;
}

const KEY = /^hf_([0-9a-f]{32})_([\w-]{43})$/;
const COLUMNS = 'id, name, scopes, created_by, created_at, expires_at, revoked_at, last_used_at';

/** `hf_` and the id in hex: how a key is told from the others, and found. */
export const prefixOf = (id: string): string => `hf_${id.replaceAll('-', '')}`;
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

@Injectable()
export class ApiKeyQueries {
  /** As with the roles of customers: nothing is remembered, and who asks at once is answered by one query. */
  private readonly held = new DataLoader<string, Held | undefined>((ids) => this.heldAs(ids), {
    cache: false,
    maxBatchSize: 100,
    batchScheduleFn: (ask) => setImmediate(ask),
  });

  constructor(private readonly reads: Reads) {}

  /** Newest first, those that are revoked or expired too. */
  async list({ cursor, limit }: { cursor?: string; limit: number }): Promise<List<ApiKeyView>> {
    const key = { key: 'created_at', type: 'timestamptz', id: 'id' } as const;
    const page = new Keyset({ ...key, descending: true, boundTo: {}, cursor, limit });
    const parameters: unknown[] = [];
    const rows = await this.reads.query<ApiKeyRow & KeyColumns>(
      `SELECT ${COLUMNS}, ${page.columns} FROM identity.api_keys WHERE ${page.after(parameters)} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list(rows, (row) => ({
      id: row.id,
      prefix: prefixOf(row.id),
      name: row.name,
      scopes: row.scopes.split(','),
      createdBy: row.created_by,
      createdAt: row.created_at.toISOString(),
      expiresAt: row.expires_at?.toISOString() ?? null,
      revokedAt: row.revoked_at?.toISOString() ?? null,
      lastUsedAt: row.last_used_at?.toISOString() ?? null,
    }));
  }

  /** Asked on every request with a key; undefined as soon as it is revoked or has expired. */
  async holderOf(key: string): Promise<KeyHolder | undefined> {
    const [, hex, secret] = KEY.exec(key) ?? [];
    if (!hex) return undefined;
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const held = await this.held.load(id);
    if (!held || !timingSafeEqual(Buffer.from(held.secretHash), Buffer.from(hashOf(secret)))) return undefined;
    return { id, scopes: held.scopes.split(','), isNoted: held.isNoted };
  }

  private async heldAs(ids: readonly string[]): Promise<(Held | undefined)[]> {
    const rows = await this.reads.query<Held>(
      `SELECT id, secret_hash AS "secretHash", scopes,
         coalesce(last_used_at > clock_timestamp() - interval '1 minute', false) AS "isNoted"
       FROM identity.api_keys
       WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
      [ids],
      'holders-of-keys',
    );
    const held = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => held.get(id));
  }
}

/** A key as it stands in its unit of work: the shape that the list gives. */
export const apiKeyView = (key: ApiKey): ApiKeyView => ({
  id: key.id,
  prefix: prefixOf(key.id),
  name: key.name,
  scopes: key.scopes,
  createdBy: key.createdBy,
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
  lastUsedAt: null,
});
