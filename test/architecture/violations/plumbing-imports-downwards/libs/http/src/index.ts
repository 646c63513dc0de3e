export const http = 1;
export { catalog } from '../../catalog/src/index'; // reported
