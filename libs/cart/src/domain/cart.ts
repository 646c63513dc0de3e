import { AggregateRoot, MOST_LINES, type ProductQuantity } from '@holdfast/shared-kernel';
import { CartEmpty, CartLimitExceeded } from './cart.errors';
import { CartLine } from './cart-line';

/** How much a cart takes. */
export interface CartLimits {
  /** Units of one product. */
  line: number;
  /** Units in all. */
  units: number;
}

/**
 * What a customer means to buy: each has one, from the first time he puts something in. Filled, and emptied by its
 * checkout or by its owner.
 *
 * - One line for a product, of one unit at least.
 * - It never grows beyond its limits, nor beyond the lines of an order; what is in it already may always get less.
 * - What stock its lines hold, and what they cost, is the catalogue's to say.
 */
export class Cart extends AggregateRoot {
  private lines: CartLine[] = [];

  /** Its customer is its identity. */
  private constructor() {
    super();
  }

  static open(customerId: string, at: Date): Cart {
    return Object.assign(new Cart(), { id: customerId, updatedAt: at });
  }

  /** In the order in which the products came. */
  get items(): readonly CartLine[] {
    return [...this.lines].sort((a, b) => a.position - b.position);
  }

  get units(): number {
    return this.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  quantityOf(productId: string): number {
    return this.lineOf(productId)?.quantity ?? 0;
  }

  add(items: readonly ProductQuantity[], limits: CartLimits, at: Date): void {
    for (const { productId, quantity } of items) this.put(productId, this.quantityOf(productId) + quantity, limits);
    this.changed(at);
  }

  /** 0 takes the product out; it need not be there. */
  set(productId: string, quantity: number, limits: CartLimits, at: Date): void {
    this.put(productId, quantity, limits);
    this.changed(at);
  }

  /** Lines of these leave the cart: part of another change. */
  drop(productIds: readonly string[]): void {
    this.lines = this.lines.filter(({ productId }) => !productIds.includes(productId));
  }

  /** Returns what was in it. */
  empty(at: Date): readonly CartLine[] {
    const { items } = this;
    this.lines = [];
    this.changed(at);
    return items;
  }

  /** Returns what is to be ordered, and is empty. */
  checkOut(at: Date): readonly CartLine[] {
    if (!this.lines.length) throw new CartEmpty();
    return this.empty(at);
  }

  private put(productId: string, quantity: number, limits: CartLimits): void {
    const line = this.lineOf(productId);
    const before = line?.quantity ?? 0;
    if (quantity > before) this.refuseBeyond(limits, productId, quantity, before);
    if (quantity === 0) this.lines = this.lines.filter((each) => each !== line);
    else if (line) Object.assign(line, { quantity });
    else this.lines.push(CartLine.of(this.id, productId, quantity, this.nextPosition));
  }

  private refuseBeyond({ line, units }: CartLimits, productId: string, quantity: number, before: number): void {
    const unitsThen = this.units + quantity - before;
    const linesThen = this.lines.length + (before ? 0 : 1);
    if (quantity > line) throw new CartLimitExceeded('units of a product', line, quantity, productId);
    if (unitsThen > units) throw new CartLimitExceeded('units', units, unitsThen);
    if (linesThen > MOST_LINES) throw new CartLimitExceeded('products', MOST_LINES, linesThen);
  }

  private lineOf(productId: string): CartLine | undefined {
    return this.lines.find((line) => line.productId === productId);
  }

  private get nextPosition(): number {
    return Math.max(0, ...this.lines.map(({ position }) => position)) + 1;
  }
}
