export * from './database-errors';
export * from './http-problem';
