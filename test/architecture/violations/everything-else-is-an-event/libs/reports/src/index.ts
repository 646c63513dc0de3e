export { order } from '../../ordering/src/index'; // reported
