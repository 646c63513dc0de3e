export * from './announcements';
export * from './audience';
export * from './broker';
export * from './cloud-event';
export * from './event-loop';
export * from './event-publisher';
