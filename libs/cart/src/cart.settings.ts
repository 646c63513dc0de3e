import { setting, settings } from '@holdfast/platform';

const { duration, wholeNumber } = setting;

/** Limits of carts, and how long they hold stock. */
export class CartSettings extends settings({
  CART_HOLD_TTL: duration('15m'),
  CART_LINE_LIMIT: wholeNumber(50, 1, 1_000_000),
  CART_LIMIT: wholeNumber(199, 1, 1_000_000),
}) {}
