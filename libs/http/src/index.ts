// Owns: what every route shares: problems, validation, limits, idempotency, caching, the OpenAPI document, health.
// Exposes: the names below, to the api folder of each context and to the processes. It knows no context by name.
// Emits: nothing.
// Reacts to: nothing but the outbox's signal, which empties the caches.
// Promises: every error is an RFC 9457 problem; bad input costs little and leaves nothing behind.
export { createHttpApp } from './app/http-app';
export { BodyLimit, type Decoder, RawBody, refuseBadBody, Text, TextBody } from './app/body-parser';
export { ApiCsvFile, csvOf, sendCsv } from './app/csv-answer';
export { AnswerCache, AnswerCaches, type Json } from './cache/answer-cache';
export { etagOf, isMatch } from './cache/if-match';
export { Revalidated } from './cache/revalidation';
export * from './fields/address.dto';
export * from './fields/fields.dto';
export * from './fields/money.dto';
export { fieldErrorsOf, OptionalBody } from './fields/validation';
export { HttpModule } from './http.module';
export { HttpSettings } from './http.settings';
export { Idempotent } from './idempotency/idempotent';
export { addressOf, ClientAddress, NOT_COUNTED, RateLimit, rateLimit, RateLimits } from './limits/rate-limits';
export * from './openapi/access';
export type { About } from './openapi/document';
export {
  type Access,
  ApiAnswerHeaders,
  ApiGroup,
  ApiProblems,
  EXAMPLE_ID,
  OneFormOf,
  operationIdOf,
  pounds,
  SCOPES,
} from './openapi/openapi';
export { serveOperations } from './operations/operations-server';
