import { AggregateRoot, MAX_QUANTITY, Money, newId } from '@holdfast/shared-kernel';
import type { CatalogEvent } from '@holdfast/contracts';
import { InsufficientStock, StockChanged, StockTooLarge } from './catalog.errors';
import { type Hold, Holds } from './hold';
import { StockMovement, type MovementCause } from './stock-movement';

export interface NewProduct {
  sku: string;
  name: string;
  description: string;
  price: Money;
  stock: number;
  active: boolean;
  /** The most units that one customer may have in orders; null for any number. */
  unitLimit: number | null;
  categoryId: string | null;
  /** What another system calls it. */
  externalId: string | null;
  /** So few units on hand are worth telling; null for no number. */
  lowStockThreshold: number | null;
}

export type ProductChanges = Partial<Omit<NewProduct, 'stock'>>;

/**
 * On sale (active) ⇄ off sale → retired; or removed, if it was never ordered. Its stock is in here because "never sold twice" is its rule.
 *
 * - onHand is never negative; nobody sets it above {@link MAX_QUANTITY}.
 * - A hold is made only of units that no other live hold promises. What is promised can still be cut by an admin: then
 *   nothing is available, and never less.
 * - Every change of onHand adds one movement to the ledger; the movements sum up to onHand.
 * - When stock falls from above the threshold to it or below, that is told: once, and again only when it was above since.
 * - A retired product is in no category, and is never sold or changed again, but takes back what a canceled order had
 *   taken.
 */
export class Product extends AggregateRoot {
  readonly sku!: string;
  readonly name!: string;
  readonly description!: string;
  private readonly priceThousandths!: bigint;
  private readonly currency!: string;
  readonly onHand!: number;
  readonly active!: boolean;
  readonly unitLimit!: number | null;
  readonly categoryId!: string | null;
  readonly externalId!: string | null;
  readonly lowStockThreshold!: number | null;
  readonly createdAt!: Date;
  readonly retiredAt!: Date | null;
  /** Only what this unit of work adds: the ledger itself is never loaded. */
  readonly movements: StockMovement[] = [];
  readonly promised = new Holds();

  private constructor() {
    super();
  }

  static create(details: NewProduct, actorId: string, at: Date): Product {
    const { price, stock, ...rest } = details;
    const product = new Product();
    const fields = { ...rest, priceThousandths: price.thousandths, currency: price.currency };
    Object.assign(product, { id: newId(), onHand: 0, ...fields, createdAt: at, updatedAt: at, retiredAt: null });
    if (stock > 0) product.move(stock, { kind: 'initial', actorId, at });
    product.promised.learn({ at, units: 0 });
    product.say({ type: 'catalog.product-created', productId: product.id, ...rest, price: price.toView(), stock });
    return product;
  }

  get price(): Money {
    return Money.of(this.priceThousandths, this.currency);
  }

  get isRetired(): boolean {
    return this.retiredAt !== null;
  }

  get isOrderable(): boolean {
    return this.active && !this.isRetired;
  }

  override get revision(): number {
    return this.version + this.promised.revision;
  }

  /** The holds of those whom this unit of work serves. */
  get holds(): Hold[] {
    return this.promised.own;
  }

  /** What an owner can have, his own hold included; without one, what a newcomer can. */
  availableTo(ownerId?: string): number {
    return Math.max(0, this.onHand - this.promised.ofOthers(ownerId));
  }

  /** For so long that nobody else can have these units; whatever the owner held of them before. */
  hold(quantity: number, ownerId: string, milliseconds: number): void {
    const available = this.availableTo(ownerId);
    if (quantity > available) throw new InsufficientStock([{ productId: this.id, requested: quantity, available }]);
    this.promised.keep(this.id, ownerId, quantity, milliseconds);
  }

  dropHold(ownerId: string): void {
    this.promised.drop(ownerId);
  }

  change(changes: ProductChanges, at: Date): void {
    const { price, ...rest } = changes;
    if (Object.keys(changes).length === 0) return;
    Object.assign(this, rest, price && { priceThousandths: price.thousandths, currency: price.currency });
    this.changed(at);
    this.say({ type: 'catalog.product-changed', productId: this.id, ...rest, ...(price && { price: price.toView() }) });
  }

  retire(at: Date): void {
    Object.assign(this, { retiredAt: at, categoryId: null });
    this.changed(at);
    this.say({ type: 'catalog.product-retired', productId: this.id });
  }

  /** The caller has seen to it that no order has ever taken of it, and takes it out of the repository. */
  remove(): void {
    this.say({ type: 'catalog.product-removed', productId: this.id });
  }

  /**
   * The caller has seen to it that there is enough ({@link Demand} names every short line at once). What the buyer held
   * has served its purpose.
   */
  sell(quantity: number, orderId: string, actorId: string, at: Date): void {
    this.promised.drop(actorId);
    this.move(-quantity, { kind: 'order-placed', orderId, actorId, at });
    this.changed(at);
  }

  takeBack(quantity: number, orderId: string, actorId: string, at: Date): void {
    this.move(quantity, { kind: 'order-canceled', orderId, actorId, at });
    this.changed(at);
  }

  adjust(delta: number, reason: string, actorId: string, at: Date): StockMovement {
    if (this.onHand + delta > MAX_QUANTITY) throw new StockTooLarge();
    const movement = this.move(delta, { kind: 'adjustment', reason, actorId, at });
    this.changed(at);
    this.say({ type: 'catalog.stock-adjusted', productId: this.id, delta, onHand: this.onHand, reason });
    return movement;
  }

  /** Compare-and-set: refused when stock is no longer what the admin saw. Undefined when there is nothing to change. */
  setOnHand(onHand: number, expected: number, reason: string, actorId: string, at: Date): StockMovement | undefined {
    if (this.onHand !== expected) throw new StockChanged(expected, this.onHand);
    return onHand === this.onHand ? undefined : this.adjust(onHand - this.onHand, reason, actorId, at);
  }

  private move(delta: number, cause: MovementCause): StockMovement {
    const onHand = this.onHand + delta;
    if (onHand < 0) throw new InsufficientStock([{ productId: this.id, requested: -delta, available: this.onHand }]);
    const { id: productId, sku, lowStockThreshold: threshold } = this;
    if (threshold !== null && this.onHand > threshold && onHand <= threshold)
      this.say({ type: 'catalog.stock-low', productId, sku, onHand, threshold });
    Object.assign(this, { onHand });
    const movement = StockMovement.of(productId, delta, onHand, cause);
    this.movements.push(movement);
    return movement;
  }

  private say(event: CatalogEvent): void {
    this.record(event);
  }
}
