import { Injectable } from '@nestjs/common';
import { OrderPlacement, type OrderView, type PlaceOrder } from '@holdfast/ordering';
import { UnitOfWork } from '@holdfast/platform';
import { Clock } from '@holdfast/shared-kernel';
import { CartRepository } from '../domain/cart.repository';

@Injectable()
export class CartCheckout {
  constructor(
    private readonly carts: CartRepository,
    private readonly orders: OrderPlacement,
    private readonly clock: Clock,
  ) {}

  /**
   * Orders what is in the cart: the order has its stock and the cart is empty, or neither. Whether a line still held
   * its stock is of no account: there is enough, or there is not. Locks the cart, then its products.
   * Throws CartEmpty, and whatever placing an order throws.
   */
  @UnitOfWork({ grouped: true })
  async checkOut({ expectedTotal }: Pick<PlaceOrder, 'expectedTotal'>, customerId: string): Promise<OrderView> {
    const cart = await this.carts.lock(customerId);
    const items = cart.checkOut(this.clock.now());
    return this.orders.place({ items: [...items], expectedTotal }, customerId);
  }
}
