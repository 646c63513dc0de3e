import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Clock } from '@holdfast/shared-kernel';
import { Cart } from '../domain/cart';
import { CartRepository } from '../domain/cart.repository';

@Injectable()
export class OrmCartRepository extends CartRepository {
  constructor(private readonly clock: Clock) {
    super();
  }

  async lock(customerId: string): Promise<Cart> {
    return (await currentUnit().lock(Cart, customerId)) ?? this.open(customerId);
  }

  /** An advisory lock on each customer makes twins wait: the second twin finds the cart that the first opened. */
  private async open(customerId: string): Promise<Cart> {
    const unit = currentUnit();
    await unit.ask(OrmCartRepository, customerId, async (customerIds, statement) => {
      await statement(
        `SELECT pg_advisory_xact_lock(hashtextextended('cart ' || id, 0))
         FROM (SELECT id FROM unnest($1::text[]) AS id ORDER BY id) carts`,
        [customerIds],
      );
      return customerIds;
    });
    const opened = await unit.lock(Cart, customerId);
    if (opened) return opened;
    const cart = Cart.open(customerId, this.clock.now());
    unit.add(cart);
    return cart;
  }
}
