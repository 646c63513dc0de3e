// Owns: settings, the unit of work, the outbox table, idempotency keys, database access, HTTP conventions, logs.
// Exposes: what follows; contexts use it, it knows none of them.
// Emits: nothing of its own.
// Reacts to: nothing.
// Holds: schema `platform`.
export type { AuditedRequest } from './audit/audit-log';
export * from './cache/answer-cache';
export * from './config/settings';
export * from './http/access';
export { RawBody, refuseBadBody, Text, TextBody } from './http/body-parser';
export * from './http/fields.dto';
export * from './http/http-app';
export * from './http/http-problem';
export * from './http/idempotency-key';
export * from './http/idempotent';
export * from './http/if-match';
export * from './http/money.dto';
export * from './http/openapi';
export * from './http/rate-limits';
export * from './http/revalidation';
export { fieldErrorsOf } from './http/validation';
export * from './limits/backoffs';
export * from './observability/logger';
export { countEvents, metrics, watchProcess } from './observability/metrics';
export * from './observability/metrics-server';
export * from './observability/process';
export * from './observability/readiness';
export * from './observability/request-context';
export { gatherMetrics, shareMetrics } from './observability/scrape';
export { endTracing, startTracing, traced } from './observability/tracing';
export * from './persistence/1700000000001-platform.migration';
export * from './outbox/event-log';
export * from './outbox/on-event';
export * from './outbox/outbox-signal';
export * from './outbox/relay';
export * from './persistence/1700000000005-outbox-relay.migration';
export * from './persistence/1700000000006-event-log.migration';
export * from './persistence/1700000000020-publishing.migration';
export * from './persistence/1700000000061-audit.migration';
export * from './persistence/aggregate-mapping';
export type { Statement } from './persistence/set-writer';
export * as column from './persistence/columns';
export * from './persistence/database-errors';
export * from './persistence/keyset';
export * from './persistence/migrate';
export * from './persistence/own-writes';
export { SILENCE_MS } from './persistence/pool';
export * from './persistence/reads';
export * from './persistence/replica-reads';
export * from './persistence/steady-client';
export * from './platform.module';
export * from './publishing/announcements';
export * from './publishing/cloud-event';
export * from './publishing/event-loop';
export * from './publishing/event-publisher';
export * from './unit-of-work/idempotency-keys';
export { currentUnit, isInsideUnit } from './unit-of-work/unit';
export * from './unit-of-work/unit-of-work';
