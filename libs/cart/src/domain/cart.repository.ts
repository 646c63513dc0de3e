import type { Cart } from './cart';

/** Carts of the open unit of work. Each cart is locked until the unit ends. */
export abstract class CartRepository {
  /** Locks the cart of a customer, and opens an empty cart for a customer without one. */
  abstract lock(customerId: string): Promise<Cart>;

  /** Deletes carts that were last changed so many milliseconds ago, with their lines; returns how many. */
  abstract removeUntouched(since: number, atMost: number): Promise<number>;
}
