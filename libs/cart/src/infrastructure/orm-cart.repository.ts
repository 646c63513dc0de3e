import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Cart } from '../domain/cart';
import { CartRepository } from '../domain/cart.repository';

@Injectable()
export class OrmCartRepository extends CartRepository {
  async lock(customerId: string): Promise<Cart> {
    const unit = currentUnit();
    const cart = await unit.lock(Cart, customerId);
    if (cart) return cart;
    // Whoever makes it at the same moment makes us wait, and then there is one.
    await unit.statement(
      `INSERT INTO cart.carts (customer_id, version, updated_at) VALUES ($1, 1, clock_timestamp())
       ON CONFLICT (customer_id) DO NOTHING`,
      [customerId],
    );
    return (await unit.lock(Cart, customerId))!;
  }
}
