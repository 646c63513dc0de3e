import { DomainError } from '@holdfast/shared-kernel';

/** `of` names what is limited, `requested` is what the cart would have had. */
export class CartLimitExceeded extends DomainError {
  constructor(of: 'units of a product' | 'units' | 'products', limit: number, requested: number, productId?: string) {
    super(
      'cart-limit-exceeded',
      'conflict',
      `A cart holds at most ${limit} ${of}; this change would make it ${requested}.`,
      {
        of,
        limit,
        requested,
        ...(productId && { productId }),
      },
    );
  }
}

export class CartEmpty extends DomainError {
  constructor() {
    super('cart-empty', 'invalid', 'The cart is empty: add items before the checkout.');
  }
}
