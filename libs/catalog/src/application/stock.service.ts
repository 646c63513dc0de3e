import { Injectable } from '@nestjs/common';
import { Clock, type ProductQuantity } from '@holdfast/shared-kernel';
import { sweepAll, UnitOfWork } from '@holdfast/platform';
import { Demand, type DemandLine } from '../domain/demand';
import { ProductRepository } from '../domain/product.repository';

/** What ordering and carts ask of the catalogue, by the synchronous edges between contexts. */
@Injectable()
export class StockService {
  constructor(
    private readonly products: ProductRepository,
    private readonly clock: Clock,
  ) {}

  /** Locks the products in id order, for the customer to buy or to hold: all of it, or nothing. Each is named once. */
  @UnitOfWork()
  async demand(lines: readonly DemandLine[], customerId: string): Promise<Demand> {
    const productIds = lines.map(({ productId }) => productId);
    return new Demand(lines, await this.products.lockAllWithHolds(productIds, customerId), customerId);
  }

  /** Puts back what an order had taken, whatever has become of the products since. Locks them in id order. */
  @UnitOfWork()
  async release(items: readonly ProductQuantity[], orderId: string, actorId: string): Promise<void> {
    const quantities = new Map(items.map(({ productId, quantity }) => [productId, quantity]));
    const products = await this.products.lockAll([...quantities.keys()]);
    for (const product of products) product.takeBack(quantities.get(product.id)!, orderId, actorId, this.clock.now());
  }

  /** Removes holds past their time, in small transactions; returns how many. Nothing depends on it. */
  sweepHolds(): Promise<number> {
    return sweepAll((atMost) => this.sweepSomeHolds(atMost));
  }

  @UnitOfWork()
  private sweepSomeHolds(atMost: number): Promise<number> {
    return this.products.removeExpiredHolds(atMost);
  }
}
