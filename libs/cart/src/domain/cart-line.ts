/** Some units of one product. Changed only through its cart. */
export class CartLine {
  readonly customerId!: string;
  readonly productId!: string;
  readonly quantity!: number;
  /** Rises with every line that comes, so that a cart is shown in the order in which it was filled. */
  readonly position!: number;

  static of(customerId: string, productId: string, quantity: number, position: number): CartLine {
    return Object.assign(new CartLine(), { customerId, productId, quantity, position });
  }
}
