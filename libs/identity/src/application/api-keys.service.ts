import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { Clock, newId } from '@holdfast/shared-kernel';
import { isoTime, type KeyColumns, Keyset, type List, Reads, UnitOfWork } from '@holdfast/platform';
import { ApiKey } from '../domain/api-key';
import { ValuesRefused } from '../domain/identity.errors';
import { ApiKeyRepository } from '../domain/repositories';

export interface IssueApiKey {
  name: string;
  scopes: string[];
  /** An ISO 8601 date and time. */
  expiresAt?: string;
}

export interface ApiKeyView {
  id: string;
  /** The beginning of the key. */
  prefix: string;
  name: string;
  scopes: string[];
  createdBy: string;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

/** A key is shown once, when it is issued. */
export interface IssuedApiKey extends ApiKeyView {
  key: string;
}

/** The key that a request comes with. */
export interface KeyHolder {
  id: string;
  secretHash: string;
  scopes: string[];
  /** Whether a use within the last minute is recorded. */
  isRecorded: boolean;
}

const KEY = /^hf_([0-9a-f]{32})_([\w-]{43})$/;
const NOT_IN_THE_FUTURE = { field: 'expiresAt', code: 'in-the-past', detail: 'expiresAt must be in the future' };
const SCOPES = `string_to_array(scopes, ',') AS scopes`;
const VIEW = `id, 'hf_' || replace(id::text, '-', '') AS prefix, name, ${SCOPES}, created_by AS "createdBy",
  ${isoTime('created_at')} AS "createdAt", ${isoTime('expires_at')} AS "expiresAt",
  ${isoTime('revoked_at')} AS "revokedAt", ${isoTime('last_used_at')} AS "lastUsedAt"`;

const prefixOf = (id: string): string => `hf_${id.replaceAll('-', '')}`;
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** The keys of machines: admins issue, list and revoke them, and the guard looks their holders up. */
@Injectable()
export class ApiKeys {
  /** Requests that arrive together share one query; nothing is cached, so that a revoked key stops at once. */
  private readonly holders = new DataLoader<string, KeyHolder | undefined>((ids) => this.holdersOf(ids), {
    cache: false,
    maxBatchSize: 100,
    batchScheduleFn: (ask) => setImmediate(ask),
  });

  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly reads: Reads,
    private readonly clock: Clock,
  ) {}

  /** Throws ValuesRefused for an `expiresAt` that is not in the future. */
  @UnitOfWork()
  async issue({ name, scopes, expiresAt }: IssueApiKey, adminId: string): Promise<IssuedApiKey> {
    const now = this.clock.now();
    const end = expiresAt === undefined ? null : new Date(expiresAt);
    if (end && !(end > now)) throw new ValuesRefused([NOT_IN_THE_FUTURE]);
    const [id, secret] = [newId(), randomBytes(32).toString('base64url')];
    const details = { name, scopes: [...new Set(scopes)], expiresAt: end };
    this.keys.add(ApiKey.issue(id, details, hashOf(secret), adminId, now));
    const prefix = prefixOf(id);
    return {
      ...{ id, prefix, ...details, createdBy: adminId, createdAt: now.toISOString() },
      ...{ expiresAt: end?.toISOString() ?? null, revokedAt: null, lastUsedAt: null },
      key: `${prefix}_${secret}`,
    };
  }

  /** The key is refused from its next request on, in every process. Throws ApiKeyNotFound. */
  @UnitOfWork()
  async revoke(id: string): Promise<void> {
    const key = await this.keys.lock(id);
    key.revoke(this.clock.now());
  }

  /** Newest first, with revoked and expired keys. */
  async list({ cursor, limit }: { cursor?: string; limit: number }): Promise<List<ApiKeyView>> {
    const key = { key: 'created_at', type: 'timestamptz', id: 'id' } as const;
    const page = new Keyset({ ...key, descending: true, boundTo: {}, cursor, limit });
    const parameters: unknown[] = [];
    const rows = await this.reads.query<ApiKeyView & KeyColumns>(
      `SELECT ${VIEW}, ${page.columns} FROM identity.api_keys WHERE ${page.after(parameters)} ${page.orderAndLimit}`,
      parameters,
    );
    return page.list<ApiKeyView>(rows);
  }

  /** Looked up on every request with a key, and records its use. Undefined unless the key is current and right. */
  async findHolder(key: string): Promise<KeyHolder | undefined> {
    const [, hex, secret] = KEY.exec(key) ?? [];
    if (!hex) return undefined;
    const holder = await this.holders.load(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
    if (!holder || !timingSafeEqual(Buffer.from(holder.secretHash), Buffer.from(hashOf(secret)))) return undefined;
    if (!holder.isRecorded) await this.recordUse(holder.id);
    return holder;
  }

  @UnitOfWork()
  private recordUse(id: string): Promise<void> {
    return this.keys.recordUse(id);
  }

  private async holdersOf(ids: readonly string[]): Promise<(KeyHolder | undefined)[]> {
    const rows = await this.reads.query<KeyHolder>(
      `SELECT id, secret_hash AS "secretHash", ${SCOPES},
         coalesce(last_used_at > clock_timestamp() - interval '1 minute', false) AS "isRecorded"
       FROM identity.api_keys
       WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`,
      [ids],
      'holders-of-keys',
    );
    const holders = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => holders.get(id));
  }
}
