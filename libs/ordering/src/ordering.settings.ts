import { setting, settings } from '@holdfast/platform';

const { wholeNumber } = setting;

/** How often customers may order. */
export class OrderingSettings extends settings({
  RATE_LIMIT_ORDERS_PER_MINUTE: wholeNumber(5, 0, 1_000_000),
}) {}
