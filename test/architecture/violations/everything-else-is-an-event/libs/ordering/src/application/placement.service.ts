export { catalog } from '../../../catalog/src/index';
export { cart } from '../../../cart/src/index'; // reported
