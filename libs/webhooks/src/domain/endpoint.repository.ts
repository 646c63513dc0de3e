import type { Endpoint } from './endpoint';

/** Endpoints of the open unit of work; every one of them is locked until it ends. */
export abstract class EndpointRepository {
  abstract add(endpoint: Endpoint): void;
  /** Throws EndpointNotFound. */
  abstract lock(id: string): Promise<Endpoint>;
  /** With its delivery log. Throws EndpointNotFound. */
  abstract remove(id: string): Promise<void>;
}
