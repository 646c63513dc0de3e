import { Injectable } from '@nestjs/common';
import { OrderPlacement, type OrderView, type PlaceOrder } from '@holdfast/ordering';
import { type Reader, UnitOfWork } from '@holdfast/platform';
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
   * Orders all items of the cart and empties it, or changes nothing. A line whose hold has expired is ordered too, if
   * there is stock. Locks what the customer has not paid, the cart, then its products. Throws CartEmpty and all that
   * OrderPlacement.place throws.
   */
  @UnitOfWork({ grouped: true, oneEach: (_checkout: unknown, customerId: string) => customerId })
  async checkOut(
    { expectedTotal }: Pick<PlaceOrder, 'expectedTotal'>,
    customerId: string,
    role: Reader['role'] = 'customer',
  ): Promise<OrderView> {
    await this.orders.lockUnpaid(customerId);
    const cart = await this.carts.lock(customerId);
    const items = cart.checkOut(this.clock.now());
    return this.orders.place({ items: [...items], expectedTotal }, customerId, role);
  }
}
