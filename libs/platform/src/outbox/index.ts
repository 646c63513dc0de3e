export * from './handled-events';
export * from './outbox-signal';
export * from './outbox';
export { Rest } from './rest';
