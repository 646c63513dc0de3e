import type { Endpoint } from './endpoint';

/** Endpoints of the open unit of work, which locks them until it ends. */
export abstract class EndpointRepository {
  abstract add(endpoint: Endpoint): void;
  /** Throws EndpointNotFound. */
  abstract lock(id: string): Promise<Endpoint>;
  /** Removes the endpoint with its delivery log. Throws EndpointNotFound. */
  abstract remove(id: string): Promise<void>;
}
