export * from './aggregate-mapping';
export { arrayLiteral } from './array-literal';
export * as column from './columns';
export * from './migrate';
export { platformMigrations } from './migrations';
export * from './pool';
export * from './set-writer';
export * from './steady-client';
export * from './sweep';
