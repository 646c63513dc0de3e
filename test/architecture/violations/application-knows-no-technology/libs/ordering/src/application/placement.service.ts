export { orm } from '../infrastructure/orm';
