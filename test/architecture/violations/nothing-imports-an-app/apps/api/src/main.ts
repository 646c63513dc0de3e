export { day } from '../../demo/src/day'; // reported
export { bed } from '../../../libs/testbed/src/index'; // reported
