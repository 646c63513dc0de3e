export * from './outbox-signal';
export * from './outbox';
