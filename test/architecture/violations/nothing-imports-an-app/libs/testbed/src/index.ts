export const bed = 1;
export { day } from '../../../apps/demo/src/day'; // reported
