export { log } from '../observability';
export { log as again } from '../observability/log'; // reported
export const unit = 1;
