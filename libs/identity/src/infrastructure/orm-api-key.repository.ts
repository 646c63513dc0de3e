import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { ApiKey } from '../domain/api-key';
import { ApiKeyRepository } from '../domain/api-key.repository';
import { ApiKeyNotFound } from '../domain/identity.errors';

@Injectable()
export class OrmApiKeyRepository extends ApiKeyRepository {
  add(key: ApiKey): void {
    currentUnit().add(key);
  }

  async lock(id: string): Promise<ApiKey> {
    const key = await currentUnit().lock(ApiKey, id);
    if (!key) throw new ApiKeyNotFound();
    return key;
  }

  async noteUse(id: string): Promise<void> {
    await currentUnit().statement(
      `UPDATE identity.api_keys SET last_used_at = clock_timestamp()
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute')`,
      [id],
    );
  }
}
