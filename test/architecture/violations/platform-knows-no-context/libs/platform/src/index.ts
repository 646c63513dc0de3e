export * from '../../catalog/src/index';
