import { Injectable } from '@nestjs/common';
import { OrderPlacement, type OrderView, type PlaceOrder, type Terms } from '@holdfast/ordering';
import { type Reader, UnitOfWork } from '@holdfast/platform';
import { Clock } from '@holdfast/shared-kernel';
import { CartRepository } from '../domain/cart.repository';

export type CheckOut = Omit<PlaceOrder, 'items'>;

@Injectable()
export class CartCheckout {
  constructor(
    private readonly carts: CartRepository,
    private readonly orders: OrderPlacement,
    private readonly clock: Clock,
  ) {}

  /**
   * Orders all items of the cart and empties it, or changes nothing. A line whose hold has expired is ordered too, if
   * there is stock. Throws CartEmpty and all that OrderPlacement.place throws.
   */
  async checkOut(command: CheckOut, customerId: string, role: Reader['role'] = 'customer'): Promise<OrderView> {
    return this.checkOutOn(await this.orders.termsFor(command, customerId), command, customerId, role);
  }

  /** Locks what the customer has not paid, the cart, then its products. */
  @UnitOfWork({ grouped: true, oneEach: (_terms: Terms, _command: CheckOut, customerId: string) => customerId })
  private async checkOutOn(
    terms: Terms,
    { expectedTotal }: CheckOut,
    customerId: string,
    role: Reader['role'],
  ): Promise<OrderView> {
    await this.orders.lockUnpaid(customerId);
    const cart = await this.carts.lock(customerId);
    const items = cart.checkOut(this.clock.now());
    return this.orders.placeOn(terms, { items: [...items], expectedTotal }, customerId, role);
  }
}
