export * from './settings';
export * as setting from './setting-types';
