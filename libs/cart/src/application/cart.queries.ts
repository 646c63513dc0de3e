import { Injectable } from '@nestjs/common';
import type { ProductQuantity } from '@holdfast/shared-kernel';
import { OfferQueries } from '@holdfast/catalog';
import { OwnWrites, Reads } from '@holdfast/platform';
import { cartView, type CartView } from './cart.views';

@Injectable()
export class CartQueries {
  constructor(
    private readonly reads: Reads,
    private readonly offers: OfferQueries,
    ownWrites: OwnWrites,
  ) {
    // Changes of a cart have no idempotency key, and their holds reduce the stock that the list of products shows.
    ownWrites.alsoCount('SELECT version FROM cart.carts WHERE customer_id = $1 AND updated_at > since');
  }

  /** A customer without a cart gets an empty one. */
  async of(customerId: string): Promise<CartView> {
    const lines = await this.reads.query<ProductQuantity>(
      'SELECT product_id AS "productId", quantity FROM cart.lines WHERE customer_id = $1 ORDER BY position',
      [customerId],
    );
    if (!lines.length) return cartView([], []);
    const productIds = lines.map(({ productId }) => productId);
    return cartView(lines, await this.offers.of(productIds, customerId));
  }
}
