import { setting, settings } from '@holdfast/platform';

/** How long carts hold stock. */
export class CartSettings extends settings({
  CART_HOLD_TTL: setting.duration('15m'),
  CART_HOLD_MAX: setting.duration('60m'),
}) {}
