import { AsyncLocalStorage } from 'node:async_hooks';

/** One request under an `Idempotency-Key`. The scope of a key is (customer, operation, key). */
export interface IdempotentCall {
  readonly customerId: string;
  readonly operation: string;
  readonly key: string;
  /** SHA-256 over the canonical body and the path: the same key with another request is refused. */
  readonly fingerprint: string;
  /** How the call ended: its effect was committed now, or the stored answer of the first call was found. */
  outcome?: 'fresh' | 'replayed';
}

export const ACTOR_KINDS = ['admin', 'api-key'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** A request whose writes go into the audit log. */
export interface AuditedRequest {
  actorKind: ActorKind;
  /** The customer's id, or the key's. */
  actorId: string;
  /** The operation id in the OpenAPI document. */
  operation: string;
  /** The id in the path. */
  objectId?: string;
}

/** The ambient context of a request, or of an event in the worker. Logs, outbox and answers read it. */
export interface RequestContext {
  readonly requestId: string;
  /** W3C trace context: of the open span, or as received. */
  readonly traceparent?: string;
  /** In the worker: the event that is being handled. */
  readonly causationId?: string;
  /** Set on routes that take an `Idempotency-Key`: the unit of work writes the key's row beside the effect. */
  idempotentCall?: IdempotentCall;
  /** Set where an admin or an API key writes: the unit of work records it beside the effect. */
  audited?: AuditedRequest;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();
