import { order } from './order'; // reported
export const line = () => order;
