export { catalog } from '../../catalog/src/index';
