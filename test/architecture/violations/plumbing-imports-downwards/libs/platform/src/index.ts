export { catalog } from '../../catalog/src/index'; // reported
export { http } from '../../http/src/index'; // reported
export { log } from './observability';
