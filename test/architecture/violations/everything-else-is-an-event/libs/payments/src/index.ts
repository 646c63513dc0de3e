export { order } from '../../ordering/src/index'; // reported
export { catalog } from '../../catalog/src/index'; // reported
