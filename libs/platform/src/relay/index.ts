export * from './event-log';
export * from './on-event';
export * from './outbox-gauges';
export * from './outbox.queries';
export * from './relay';
