import { assign } from '@holdfast/shared-kernel';

/** The units of one product in a cart. Only the cart changes it. */
export class CartLine {
  readonly customerId!: string;
  readonly productId!: string;
  readonly quantity!: number;
  /** Rises with every new line: a cart shows its lines in the order in which they were added. */
  readonly position!: number;

  static of(customerId: string, productId: string, quantity: number, position: number): CartLine {
    const line = new CartLine();
    assign<CartLine>(line, { customerId, productId, quantity, position });
    return line;
  }

  setQuantity(quantity: number): void {
    assign<CartLine>(this, { quantity });
  }
}
