import type { ApiKey } from './api-key';

/** API keys of the open unit of work. */
export abstract class ApiKeyRepository {
  abstract add(key: ApiKey): void;
  /** Throws ApiKeyNotFound. */
  abstract lock(id: string): Promise<ApiKey>;
  /** Notes that the key was used just now, to the minute: a busy one would write its row with every request. */
  abstract noteUse(id: string): Promise<void>;
}
