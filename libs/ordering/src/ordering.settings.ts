import { setting, settings } from '@holdfast/platform';

const { duration, wholeNumber } = setting;

/** How often customers may order, and how long an order waits for its payment. */
export class OrderingSettings extends settings({
  RATE_LIMIT_ORDERS_PER_MINUTE: wholeNumber(5, 0, 1_000_000),
  PAYMENT_TIMEOUT: duration('30m'),
}) {}
