import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@holdfast/shared-kernel';
import { problems, UnitOfWork } from '@holdfast/platform';
import { ApiKey } from '../domain/api-key';
import { ApiKeyRepository } from '../domain/api-key.repository';
import { ApiKeyQueries, apiKeyView, type ApiKeyView, hashOf, type KeyHolder, prefixOf } from './api-key.queries';

export interface IssueApiKey {
  name: string;
  scopes: string[];
  /** An ISO 8601 date and time. */
  expiresAt?: string;
}

/** The key is shown at this moment only. */
export interface IssuedApiKey extends ApiKeyView {
  key: string;
}

/** What admins do with the keys of machines, and who calls with one. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly queries: ApiKeyQueries,
    private readonly clock: Clock,
  ) {}

  /** Throws 400 `validation-failed` for one that would be expired already. */
  @UnitOfWork()
  async issue({ name, scopes, expiresAt }: IssueApiKey, adminId: string): Promise<IssuedApiKey> {
    const now = this.clock.now();
    const end = expiresAt === undefined ? null : new Date(expiresAt);
    if (end && !(end > now)) throw problems.validationFailed([NOT_IN_THE_FUTURE]);
    const [id, secret] = [newId(), randomBytes(32).toString('base64url')];
    const details = { name, scopes: [...new Set(scopes)], expiresAt: end };
    const key = ApiKey.issue(id, details, hashOf(secret), adminId, now);
    this.keys.add(key);
    return { ...apiKeyView(key), key: `${prefixOf(id)}_${secret}` };
  }

  /** From its next request on, whichever process gets it. Throws ApiKeyNotFound. */
  @UnitOfWork()
  async revoke(id: string): Promise<void> {
    const key = await this.keys.lock(id);
    key.revoke(this.clock.now());
  }

  /** Undefined for what is no key of ours, or none any longer. */
  async holderOf(key: string): Promise<KeyHolder | undefined> {
    const holder = await this.queries.holderOf(key);
    if (holder && !holder.isNoted) await this.noteUse(holder.id);
    return holder;
  }

  @UnitOfWork()
  private noteUse(id: string): Promise<void> {
    return this.keys.noteUse(id);
  }
}

const NOT_IN_THE_FUTURE = { pointer: '/expiresAt', code: 'in-the-past', detail: 'expiresAt must be in the future' };
