export * from './group-commit';
export * from './idempotency-keys';
export * from './transaction';
export * from './unit-of-work';
export * from './unit';
