import type { Cart } from './cart';

/** The cart of the open unit of work, locked until it ends. */
export abstract class CartRepository {
  /** The one cart of a customer; an empty one where there was none. */
  abstract lock(customerId: string): Promise<Cart>;
}
