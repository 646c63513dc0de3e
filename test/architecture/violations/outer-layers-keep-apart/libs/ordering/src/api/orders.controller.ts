export { orm } from '../infrastructure/orm'; // reported
