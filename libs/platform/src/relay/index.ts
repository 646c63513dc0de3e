export { Backlogs } from './backlogs';
export { EventDelivery } from './delivery';
export { EventLog, firstIdOf } from './event-log';
export { EventHandlers } from './handlers';
export { type EventMeta, OnEvent } from './on-event';
export { OutboxGauges } from './outbox-gauges';
export * from './outbox.queries';
export { OutboxRelay } from './relay';
