import type { Money, ProductQuantity } from '@holdfast/shared-kernel';
import { InsufficientStock, ProductNotOrderable } from './catalog.errors';
import type { Product } from './product';

/** How many units of a product a customer wants to have in all. */
export interface Wish extends ProductQuantity {
  /**
   * So many of them he asks for now, all of them unless it is said: he gets them, or is refused. Where it is 0, he wants
   * to keep what he holds, as long as that can be.
   */
  asked?: number;
}

export interface PricedLine extends Required<Wish> {
  sku: string;
  name: string;
  unitPrice: Money;
  unitLimit: number | null;
}

/**
 * What a customer wants of products that are locked for it, each named once. What can be had of them may change as long
 * as something is awaited, for calls that share a transaction take turns: so it is checked again when it is taken.
 */
export class Demand {
  private readonly products: Map<string, Product>;
  /** Of its lines, in the same order. */
  readonly known: readonly { product: Product; quantity: number; asked: number }[];

  constructor(
    private readonly wishes: readonly Wish[],
    products: readonly Product[],
    readonly customerId: string,
  ) {
    this.products = new Map(products.map((product) => [product.id, product]));
    this.known = wishes.flatMap(({ productId, quantity, asked = quantity }) => {
      const product = this.products.get(productId);
      return product ? [{ product, quantity, asked }] : [];
    });
  }

  /** Of the products that there are, each at its price of now. */
  get lines(): PricedLine[] {
    return this.known.map(({ product: { id: productId, sku, name, price: unitPrice, unitLimit }, quantity, asked }) => {
      return { productId, sku, name, unitPrice, unitLimit, quantity, asked };
    });
  }

  /** Throws ProductNotOrderable, or InsufficientStock with every line that is asked for in vain. */
  refuseInVain(): void {
    const missing = this.wishes.filter(({ productId, quantity, asked = quantity }) => {
      return asked > 0 && !this.products.get(productId)?.isOrderable;
    });
    if (missing.length) throw new ProductNotOrderable(missing.map(({ productId }) => productId));
    const short = this.known.flatMap(({ product, quantity, asked }) => {
      const available = product.availableTo(this.customerId);
      if (asked === 0 || quantity <= available) return [];
      return [{ productId: product.id, requested: asked, available: Math.max(0, available - (quantity - asked)) }];
    });
    if (short.length) throw new InsufficientStock(short);
  }

  /** Takes all of it for an order; what the customer held of these products is used up. Throws what is thrown above. */
  sell(orderId: string, at: Date): void {
    this.refuseInVain();
    for (const { product, quantity } of this.known) product.sell(quantity, orderId, this.customerId, at);
  }

  /**
   * Holds all of it, until so many milliseconds after it was locked; where there is no longer enough to keep a hold, or 0
   * is wanted, it ends. Throws what is thrown above.
   */
  hold(milliseconds: number): void {
    this.refuseInVain();
    for (const { product, quantity } of this.known)
      if (quantity > 0 && quantity <= product.availableTo(this.customerId))
        product.hold(quantity, this.customerId, milliseconds);
      else product.dropHold(this.customerId);
  }
}
