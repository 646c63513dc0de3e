import { AggregateRoot, assign, MOST_LINES, type ProductQuantity, unitsIn } from '@holdfast/shared-kernel';
import { CartEmpty, CartLimitExceeded } from './cart.errors';
import { CartLine } from './cart-line';

/** The largest cart that customers may fill. */
export interface CartLimits {
  /** Units of one product. */
  line: number;
  /** Units of all products together. */
  units: number;
}

/**
 * opened by the customer's first item → filled ⇄ empty. A checkout or its customer empties it.
 *
 * - A customer has one cart, and a cart has one line for a product, of at least one unit.
 * - A cart never grows beyond its limits, nor beyond the lines of an order; a line may always shrink.
 * - The catalogue knows which stock the lines hold, and what they cost.
 */
export class Cart extends AggregateRoot {
  private lines: CartLine[] = [];

  private constructor() {
    super();
  }

  static open(customerId: string, at: Date): Cart {
    const cart = new Cart();
    // The customer's id is the cart's.
    assign<Cart>(cart, { id: customerId, updatedAt: at });
    return cart;
  }

  /** The lines in the order in which they were added. */
  get items(): readonly CartLine[] {
    return [...this.lines].sort((a, b) => a.position - b.position);
  }

  get units(): number {
    return unitsIn(this.lines);
  }

  quantityOf(productId: string): number {
    return this.lineOf(productId)?.quantity ?? 0;
  }

  add(items: readonly ProductQuantity[], limits: CartLimits, at: Date): void {
    for (const { productId, quantity } of items) this.put(productId, this.quantityOf(productId) + quantity, limits);
    this.changed(at);
  }

  /** Sets the units of a product; 0 removes its line, if there is one. */
  set(productId: string, quantity: number, limits: CartLimits, at: Date): void {
    this.put(productId, quantity, limits);
    this.changed(at);
  }

  /** Removes the lines of products that no longer exist, as part of another change. */
  drop(productIds: readonly string[]): void {
    this.lines = this.lines.filter(({ productId }) => !productIds.includes(productId));
  }

  /** Empties the cart and returns the lines it had. */
  empty(at: Date): readonly CartLine[] {
    const { items } = this;
    this.lines = [];
    this.changed(at);
    return items;
  }

  /** Empties the cart and returns the lines to order. Throws CartEmpty. */
  checkOut(at: Date): readonly CartLine[] {
    if (!this.lines.length) throw new CartEmpty();
    return this.empty(at);
  }

  private put(productId: string, quantity: number, limits: CartLimits): void {
    const line = this.lineOf(productId);
    const before = line?.quantity ?? 0;
    if (quantity > before) this.ensureWithin(limits, productId, quantity, before);
    if (quantity === 0) this.lines = this.lines.filter((each) => each !== line);
    else if (line) line.setQuantity(quantity);
    else this.lines.push(CartLine.of(this.id, productId, quantity, this.nextPosition));
  }

  private ensureWithin({ line, units }: CartLimits, productId: string, quantity: number, before: number): void {
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
