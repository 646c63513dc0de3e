export { order } from '../../ordering/src/index';
export { catalog } from '../../catalog/src/index'; // reported
