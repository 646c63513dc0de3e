export { log } from '../../../libs/platform/src/observability/index';
export { log as again } from '../../../libs/platform/src/observability/log'; // reported
