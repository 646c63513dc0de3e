import { Injectable } from '@nestjs/common';
import { Clock, demandByProduct, type Money, type ProductQuantity } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { InsufficientStock, ProductNotOrderable } from '../domain/catalog.errors';
import { ProductRepository } from '../domain/product.repository';

export interface PricedLine extends ProductQuantity {
  sku: string;
  name: string;
  unitPrice: Money;
}

/** What ordering asks of the catalogue: one of the two synchronous edges between contexts. */
@Injectable()
export class StockService {
  constructor(
    private readonly products: ProductRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes all of it or nothing, and prices each line. Locks the products in id order.
   * Throws ProductNotOrderable, or InsufficientStock with every short line.
   */
  @UnitOfWork()
  async reserve(items: readonly ProductQuantity[], orderId: string, customerId: string): Promise<PricedLine[]> {
    const demand = demandByProduct(items);
    const locked = await this.products.lockAll(demand.map(({ productId }) => productId));
    const products = new Map(locked.map((product) => [product.id, product]));
    const missing = demand.filter(({ productId }) => !products.get(productId)?.isOrderable);
    if (missing.length) throw new ProductNotOrderable(missing.map(({ productId }) => productId));
    const wanted = demand.map(({ productId, quantity }) => ({ product: products.get(productId)!, quantity }));
    const short = wanted.filter(({ product, quantity }) => quantity > product.onHand);
    if (short.length)
      throw new InsufficientStock(
        short.map(({ product, quantity }) => ({
          productId: product.id,
          requested: quantity,
          available: product.onHand,
        })),
      );
    return wanted.map(({ product, quantity }) => {
      product.sell(quantity, orderId, customerId, this.clock.now());
      return { productId: product.id, sku: product.sku, name: product.name, unitPrice: product.price, quantity };
    });
  }

  /** Puts back what an order had taken, whatever has become of the products since. Locks them in id order. */
  @UnitOfWork()
  async release(items: readonly ProductQuantity[], orderId: string, actorId: string): Promise<void> {
    const quantities = new Map(items.map(({ productId, quantity }) => [productId, quantity]));
    const products = await this.products.lockAll([...quantities.keys()]);
    for (const product of products) product.takeBack(quantities.get(product.id)!, orderId, actorId, this.clock.now());
  }
}
