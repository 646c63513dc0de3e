export * from './announcements';
export * from './broker';
export * from './cloud-event';
export * from './event-loop';
export * from './event-publisher';
