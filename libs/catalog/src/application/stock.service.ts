import { Injectable } from '@nestjs/common';
import { Clock, type ProductQuantity } from '@holdfast/shared-kernel';
import { sweepAll, UnitOfWork } from '@holdfast/platform';
import { Demand, type DemandLine } from '../domain/demand';
import { type MovedProduct, ProductRepository } from '../domain/catalog.repositories';
import type { CorrectionCause, GivingBack } from '../domain/stock-movement';

/** Units that an order gives back. `writtenOff` are those that came back and cannot be sold. */
export interface GivenBack extends ProductQuantity {
  kind?: GivingBack;
  writtenOff?: number;
}

/** A locked product, as the counts of other systems see it. */
export interface CountedProduct extends Omit<MovedProduct, 'product'> {
  id: string;
  sku: string;
  createdAt: Date;
  onHand: number;
  /** Sets the units on hand, which differ, by one movement of the ledger. */
  correct(onHand: number, cause: CorrectionCause): void;
}

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

  /**
   * Puts units of an order back, also into retired products; an item without a kind is of a canceled order. Locks the
   * products in id order.
   */
  @UnitOfWork()
  async release(items: readonly GivenBack[], orderId: string, actorId: string): Promise<void> {
    const products = await this.products.lockAll(items.map(({ productId }) => productId));
    const byId = new Map(products.map((product) => [product.id, product]));
    const at = this.clock.now();
    for (const { productId, quantity, kind, writtenOff = 0 } of items) {
      const product = byId.get(productId);
      if (quantity > 0) product?.takeBack(quantity, orderId, actorId, at, kind);
      if (writtenOff > 0) product?.writeOff(writtenOff, orderId, actorId, at);
    }
  }

  /**
   * The products that have one of these SKUs, locked in id order, for counts that were taken at a moment. Unknown and
   * retired ones are missing.
   */
  @UnitOfWork()
  async lockForCounts(skus: readonly string[], takenAt: Date): Promise<CountedProduct[]> {
    const moved = await this.products.lockAllCountedAt(takenAt, skus);
    return moved.map(({ product, onHandThen, movedSince }) => ({
      ...{ id: product.id, sku: product.sku, createdAt: product.createdAt, onHand: product.onHand },
      ...{ onHandThen, movedSince },
      correct: (onHand, cause) => product.correct(onHand, cause, this.clock.now()),
    }));
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
