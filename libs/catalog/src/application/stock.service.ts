import { Injectable } from '@nestjs/common';
import { Clock, type ProductQuantity } from '@holdfast/shared-kernel';
import { sweepAll, UnitOfWork } from '@holdfast/platform';
import { Demand, type DemandLine } from '../domain/demand';
import { ProductRepository } from '../domain/catalog.repositories';

/** The stock operations that ordering and carts call in their own transactions. */
@Injectable()
export class StockService {
  constructor(
    private readonly products: ProductRepository,
    private readonly clock: Clock,
  ) {}

  /** Locks the products of the lines in id order. Each product is named once. */
  @UnitOfWork()
  async demand(lines: readonly DemandLine[], customerId: string): Promise<Demand> {
    const productIds = lines.map(({ productId }) => productId);
    return new Demand(lines, await this.products.lockAllWithHolds(productIds, customerId), customerId);
  }

  /** Puts the units of a canceled order back, also into retired products. Locks the products in id order. */
  @UnitOfWork()
  async release(items: readonly ProductQuantity[], orderId: string, actorId: string): Promise<void> {
    const quantities = new Map(items.map(({ productId, quantity }) => [productId, quantity]));
    const products = await this.products.lockAll([...quantities.keys()]);
    for (const product of products) product.takeBack(quantities.get(product.id)!, orderId, actorId, this.clock.now());
  }

  /** Deletes holds whose pause is over, in small transactions. Returns how many. Expired holds count for nobody. */
  sweepHolds(): Promise<number> {
    return sweepAll((atMost) => this.sweepSomeHolds(atMost));
  }

  @UnitOfWork()
  private sweepSomeHolds(atMost: number): Promise<number> {
    return this.products.removeExpiredHolds(atMost);
  }
}
