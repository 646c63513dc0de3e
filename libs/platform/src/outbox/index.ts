export * from './handled-events';
export * from './outbox-signal';
export * from './outbox';
