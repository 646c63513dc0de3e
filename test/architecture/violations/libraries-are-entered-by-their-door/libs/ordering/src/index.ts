export { product } from '../../catalog/src/domain/product'; // reported
export { log } from '../../platform/src/observability/index'; // reported
export { platform } from '../../platform/src/index';
