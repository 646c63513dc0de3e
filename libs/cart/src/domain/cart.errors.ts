import { DomainError } from '@holdfast/shared-kernel';

/** Names what there is too much of, how much a cart takes of it, and how much it would have been. */
export class CartLimitExceeded extends DomainError {
  constructor(of: 'units of a product' | 'units' | 'products', limit: number, requested: number, productId?: string) {
    super('cart-limit-exceeded', 'conflict', `A cart takes at most ${limit} ${of}, and this would make ${requested}.`, {
      of,
      limit,
      requested,
      ...(productId && { productId }),
    });
  }
}

export class CartEmpty extends DomainError {
  constructor() {
    super('cart-empty', 'invalid', 'There is nothing in your cart to order.');
  }
}
