import { order } from './order';
export const line = () => order;
