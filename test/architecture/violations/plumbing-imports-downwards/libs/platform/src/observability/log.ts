export const log = 1;
export { unit } from '../unit-of-work'; // reported
