export * from './audit.queries';
export * from './database-clock';
export * from './iso-time';
export * from './keyset';
export * from './own-writes';
export * from './readiness';
export * from './reads';
export * from './replica-reads';
