export const day = 1;
export { bed } from '../../../libs/testbed/src/index';
