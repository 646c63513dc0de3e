export { customer } from '../../../identity/src/index';
