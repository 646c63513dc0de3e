import { line } from './line';
export const order = () => line;
