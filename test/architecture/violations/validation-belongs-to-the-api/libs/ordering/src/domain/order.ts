export { IsInt } from 'class-validator'; // reported
