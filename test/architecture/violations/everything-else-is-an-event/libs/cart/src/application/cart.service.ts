export { order } from '../../../ordering/src/index';
export { catalog } from '../../../catalog/src/index';
export { order as payment } from '../../../payments/src/index'; // reported
