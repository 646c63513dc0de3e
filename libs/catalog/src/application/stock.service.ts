import { Injectable } from '@nestjs/common';
import { Clock, demandByProduct, type Money, type ProductQuantity } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { InsufficientStock, ProductNotOrderable } from '../domain/catalog.errors';
import type { Product } from '../domain/product';
import { ProductRepository } from '../domain/product.repository';
import { type Offer, offerOf } from './offer.queries';

export interface PricedLine extends ProductQuantity {
  sku: string;
  name: string;
  unitPrice: Money;
  unitLimit: number | null;
}

/** What an owner shall hold of a product in all; 0 gives it back. */
export interface HoldWish extends ProductQuantity {
  /** So many of them are asked for now: held, or refused. At 0 the hold is only kept, as long as there is enough. */
  asked: number;
}

const SWEPT_AT_ONCE = 1_000;

/** What ordering and carts ask of the catalogue, by the synchronous edges between contexts. */
@Injectable()
export class StockService {
  constructor(
    private readonly products: ProductRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes all of it or nothing, and prices each line; what the customer held of these products is used up.
   * Locks the products in id order. Throws ProductNotOrderable, or InsufficientStock with every short line.
   */
  @UnitOfWork()
  async reserve(items: readonly ProductQuantity[], orderId: string, customerId: string): Promise<PricedLine[]> {
    const demand = demandByProduct(items).map((line) => ({ ...line, asked: line.quantity }));
    const lines = await this.lock(demand, customerId);
    return lines.map(({ product, quantity }) => {
      product.sell(quantity, orderId, customerId, this.clock.now());
      const { id: productId, sku, name, price: unitPrice, unitLimit } = product;
      return { productId, sku, name, unitPrice, unitLimit, quantity };
    });
  }

  /** Puts back what an order had taken, whatever has become of the products since. Locks them in id order. */
  @UnitOfWork()
  async release(items: readonly ProductQuantity[], orderId: string, actorId: string): Promise<void> {
    const quantities = new Map(items.map(({ productId, quantity }) => [productId, quantity]));
    const products = await this.products.lockAll([...quantities.keys()]);
    for (const product of products) product.takeBack(quantities.get(product.id)!, orderId, actorId, this.clock.now());
  }

  /**
   * Makes the owner's holds what is wished, all to end so many milliseconds from now, and says what each product is
   * offered for. Locks the products in id order. Throws, before anything changes, ProductNotOrderable or
   * InsufficientStock with every line that is asked for in vain.
   */
  @UnitOfWork()
  async hold(wishes: readonly HoldWish[], ownerId: string, milliseconds: number): Promise<Offer[]> {
    const lines = await this.lock(wishes, ownerId);
    for (const { product, quantity } of lines)
      if (quantity > 0 && quantity <= product.availableTo(ownerId)) product.hold(quantity, ownerId, milliseconds);
      else product.dropHold(ownerId);
    return lines.map(({ product }) => offerOf(product, ownerId));
  }

  /** Removes holds past their time, in small transactions; returns how many. Nothing depends on it. */
  async sweepHolds(): Promise<number> {
    let swept = 0;
    for (let count = SWEPT_AT_ONCE; count === SWEPT_AT_ONCE; swept += count) count = await this.sweepSomeHolds();
    return swept;
  }

  @UnitOfWork()
  private sweepSomeHolds(): Promise<number> {
    return this.products.removeExpiredHolds(SWEPT_AT_ONCE);
  }

  private async lock(wishes: readonly HoldWish[], ownerId: string): Promise<(HoldWish & { product: Product })[]> {
    const ids = wishes.map(({ productId }) => productId);
    const locked = await this.products.lockAllWithHolds(ids, ownerId);
    const products = new Map(locked.map((product) => [product.id, product]));
    const missing = wishes.filter(({ productId, asked }) => asked > 0 && !products.get(productId)?.isOrderable);
    if (missing.length) throw new ProductNotOrderable(missing.map(({ productId }) => productId));
    const lines = wishes.flatMap((wish) => {
      const product = products.get(wish.productId);
      return product ? [{ ...wish, product }] : [];
    });
    const short = lines.filter(({ product, quantity, asked }) => asked > 0 && quantity > product.availableTo(ownerId));
    if (short.length)
      throw new InsufficientStock(
        short.map(({ product, quantity, asked }) => ({
          productId: product.id,
          requested: asked,
          available: Math.max(0, product.availableTo(ownerId) - (quantity - asked)),
        })),
      );
    return lines;
  }
}
