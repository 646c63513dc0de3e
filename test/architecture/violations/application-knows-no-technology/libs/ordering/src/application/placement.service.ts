export { orm } from '../infrastructure/orm'; // reported
export { http } from '../../../http/src/index'; // reported
