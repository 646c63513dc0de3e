export * from './logger';
export * from './metrics';
export * from './process';
export * from './request-context';
export * from './scrape';
export * from './tracing';
