import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditedRequest } from '../audit/audit-log';
import type { KeptAnswer } from '../cache/kept-answer';
import type { IdempotentCall } from '../unit-of-work/idempotency-keys';

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
  /** The answer that a cache had in memory for it, and where to look for it again. */
  kept?: { answer: KeptAnswer; lookAgain: () => KeptAnswer | undefined };
}

export const requestContext = new AsyncLocalStorage<RequestContext>();
