import { setting, settings } from '@holdfast/platform';

/** How long carts hold stock, and how long they are kept when nobody touches them. */
export class CartSettings extends settings({
  CART_HOLD_TTL: setting.duration('15m'),
  CART_HOLD_MAX: setting.duration('60m'),
  CART_TTL: setting.duration('30d'),
}) {}
