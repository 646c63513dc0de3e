import { AsyncLocalStorage } from 'node:async_hooks';

/** One request under an `Idempotency-Key`. The scope of a key is (customer, operation, key). */
export interface IdempotentCall {
  readonly customerId: string;
  readonly operation: string;
  readonly key: string;
  /** SHA-256 over the canonical body and the path: the same key with another request is refused. */
  readonly fingerprint: string;
  /** How the call ended: its effect was committed now, or the answer of the first time was found. */
  outcome?: 'fresh' | 'replayed';
}

export const ACTOR_KINDS = ['admin', 'api-key'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** A request whose writes go into the audit log. */
export interface AuditedRequest {
  actorKind: ActorKind;
  /** The customer's id, or the key's. */
  actorId: string;
  /** As the OpenAPI document names it. */
  operation: string;
  /** That the path names. */
  objectId?: string;
}

/** What travels with a request (or an event in the worker) without being passed along: into logs, the outbox, answers. */
export interface RequestContext {
  readonly requestId: string;
  /** W3C trace context, as received; where it is traced, the span that is open. */
  readonly traceparent?: string;
  /** In the worker: the event that is being handled. */
  readonly causationId?: string;
  /** Set on routes that take an `Idempotency-Key`: the unit of work writes the key's row beside the effect. */
  idempotentCall?: IdempotentCall;
  /** Set where an admin or an API key writes: the unit of work records it beside the effect. */
  audited?: AuditedRequest;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();
