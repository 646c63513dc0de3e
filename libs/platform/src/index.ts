// Owns: the unit of work, the outbox and its relay, idempotency keys, the database, settings, logs (schema `platform`).
// Exposes: what follows to the contexts; to http, the processes and the tests each floor by its own door besides.
// Emits: nothing of its own.
// Reacts to: nothing.
// Promises: a use case happens once and whole, and its events are delivered at least once. It knows no context by name.
export { AuditLog } from './audit';
export { type LoadedSettings, loadSettings, setting, Settings, settings } from './config';
export { Backoffs } from './limits';
export {
  type AuditedRequest,
  counter,
  countEvents,
  type IdempotentCall,
  log,
  metrics,
  requestContext,
  shedCounter,
  traced,
} from './observability';
export { OutboxSignal } from './outbox';
export { column, mapAggregate, runMigrations, type Statement, sweepAll } from './persistence';
export { OutboxRelayModule, PlatformModule } from './platform.module';
export { type FieldError, HttpProblem, isUnavailable, isWaitTooLong, problems } from './problems';
export {
  Announcements,
  CLOUD_EVENT_TYPE,
  type CloudEvent,
  cloudEventOf,
  declareAudience,
  EventLoop,
  EventPublisher,
  isPublished,
  scopesToRead,
} from './publishing';
export {
  InvalidCursor,
  isoTime,
  type KeyColumns,
  Keyset,
  type KeysetOptions,
  type List,
  OwnWrites,
  type Reader,
  Readiness,
  Reads,
  ReplicaReads,
} from './reads';
export { Backlogs, DEAD_LETTERS, EventLog, type EventMeta, firstIdOf, OnEvent, OutboxRelay } from './relay';
export { currentUnit, IdempotencyKeys, UnitOfWork } from './unit-of-work';
