export { day } from '../../demo/src/day'; // reported
