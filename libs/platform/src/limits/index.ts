export * from './backoffs';
export * from './redis';
export * from './sliding-windows';
