export { newId } from '@holdfast/shared-kernel'; // reported
