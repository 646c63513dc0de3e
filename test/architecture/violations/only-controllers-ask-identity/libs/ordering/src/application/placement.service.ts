export { customer } from '../../../identity/src/index'; // reported
