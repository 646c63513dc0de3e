export { IdempotencyKeys } from './idempotency-keys';
export { currentUnit, isInsideUnit } from './unit';
export { UnitOfWork, UnitOfWorkRunner } from './unit-of-work';
