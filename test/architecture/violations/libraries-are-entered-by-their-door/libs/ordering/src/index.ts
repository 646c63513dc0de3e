export { product } from '../../catalog/src/domain/product';
