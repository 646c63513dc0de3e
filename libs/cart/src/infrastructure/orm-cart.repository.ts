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

  /** A cart in use is locked, and is left alone. Its holds have ended: CART_HOLD_MAX is the most that they last. */
  async removeUntouched(since: number, atMost: number): Promise<number> {
    const { affected } = await currentUnit().statement(
      `WITH old AS (
         SELECT customer_id FROM cart.carts WHERE updated_at <= clock_timestamp() - $1 * interval '1 millisecond'
         LIMIT $2 FOR UPDATE SKIP LOCKED),
       lines AS (DELETE FROM cart.lines l USING old WHERE l.customer_id = old.customer_id)
       DELETE FROM cart.carts c USING old WHERE c.customer_id = old.customer_id`,
      [since, atMost],
    );
    return affected;
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
