import { AggregateRoot, assign, MAX_QUANTITY, Money, newId } from '@holdfast/shared-kernel';
import type { CatalogEvent, ProductImage } from '@holdfast/contracts';
import { HoldPaused, InsufficientStock, StockChanged, StockTooLarge } from './catalog.errors';
import { type Hold, Holds, type HoldTimes } from './hold';
import type { NewProduct, ProductChanges } from './product.events';
import { BLANK, fieldsOf, productChanged, productCreated, stockLow } from './product.events';
import { type CorrectionCause, type GivingBack, type MovementCause, StockMovement } from './stock-movement';

/**
 * On sale (active) ⇄ off sale → retired. A product that was never ordered is removed instead.
 *
 * - onHand is never negative, and no admin sets it above {@link MAX_QUANTITY}.
 * - A hold takes only units that no other live hold has. An admin may cut stock below the units in holds: then nothing
 *   is available, and never less.
 * - Every change of onHand adds one movement to the ledger; the movements sum up to onHand.
 * - Stock that falls from above its threshold to it, or below it, is announced once, until it was above again.
 * - A retired product is in no category and is never sold or changed again. It still takes back the units of a canceled
 *   order.
 */
export class Product extends AggregateRoot<CatalogEvent> {
  readonly sku!: string;
  readonly name!: string;
  /** Only of a product that was locked to be changed, or is new. */
  readonly description!: string;
  readonly priceThousandths!: bigint;
  readonly currency!: string;
  readonly onHand!: number;
  readonly active!: boolean;
  readonly unitLimit!: number | null;
  readonly categoryId!: string | null;
  readonly externalId!: string | null;
  readonly lowStockThreshold!: number | null;
  readonly image!: ProductImage | null;
  /** Known where `description` is known. */
  readonly moreImages!: ProductImage[];
  readonly createdAt!: Date;
  readonly retiredAt!: Date | null;
  /** The movements that this unit of work adds; the ledger itself is never loaded. */
  readonly movements: StockMovement[] = [];
  readonly held = new Holds();

  private constructor() {
    super();
  }

  static create(newProduct: NewProduct, actorId: string, at: Date): Product {
    const details = { ...BLANK, ...newProduct };
    const { stock, ...fields } = details;
    const product = new Product();
    assign<Product>(product, { id: newId(), ...fieldsOf(fields), onHand: 0, createdAt: at });
    assign<Product>(product, { updatedAt: at, retiredAt: null });
    if (stock > 0) product.move(stock, { kind: 'initial', actorId });
    product.held.setCount({ at, units: 0 });
    product.record(productCreated(product.id, details));
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
    return this.version + this.held.revision;
  }

  /** The holds of the owners that this unit of work serves. */
  get holds(): Hold[] {
    return this.held.own;
  }

  /** The units that an owner can get, the owner's hold included; without an owner, those that a newcomer can get. */
  availableTo(ownerId?: string): number {
    return Math.max(0, this.onHand - this.held.unitsOfOthers(ownerId));
  }

  /** Replaces the owner's earlier hold. Throws InsufficientStock, HoldPaused. */
  hold(quantity: number, ownerId: string, times: HoldTimes): void {
    const available = this.availableTo(ownerId);
    if (quantity > available) throw new InsufficientStock([{ productId: this.id, requested: quantity, available }]);
    const pausedUntil = this.held.pausedUntil(ownerId);
    if (pausedUntil) throw new HoldPaused([{ productId: this.id, pausedUntil }]);
    this.held.keep(this.id, ownerId, quantity, times);
  }

  dropHold(ownerId: string): void {
    this.held.lapse(ownerId);
  }

  change(changes: ProductChanges, at: Date): void {
    if (Object.keys(changes).length === 0) return;
    assign<Product>(this, fieldsOf(changes));
    this.changed(at);
    this.record(productChanged(this.id, changes));
  }

  retire(at: Date): void {
    assign<Product>(this, { retiredAt: at, categoryId: null });
    this.changed(at);
    this.record({ type: 'catalog.product-retired', productId: this.id });
  }

  /** Only for a product that no order has ever taken units of; the caller deletes its rows. */
  remove(): void {
    this.record({ type: 'catalog.product-removed', productId: this.id });
  }

  /** Ends the buyer's hold. The caller has checked the stock, since {@link Demand} names every short line at once. */
  sell(quantity: number, orderId: string, actorId: string, at: Date): void {
    this.held.drop(actorId);
    this.move(-quantity, { kind: 'order-placed', orderId, actorId });
    this.changed(at);
  }

  takeBack(quantity: number, orderId: string, actorId: string, at: Date, kind: GivingBack = 'order-canceled'): void {
    this.move(quantity, { kind, orderId, actorId });
    this.changed(at);
  }

  /** Two movements, in and out, for units that came back and cannot be sold: on hand stays as it is. */
  writeOff(quantity: number, orderId: string, actorId: string, at: Date): void {
    const arrived = StockMovement.of(this, quantity, { kind: 'return-received', orderId, actorId });
    const there = { id: this.id, onHand: arrived.balanceAfter };
    this.movements.push(arrived, StockMovement.of(there, -quantity, { kind: 'return-written-off', orderId, actorId }));
    this.changed(at);
  }

  /** Throws StockTooLarge, InsufficientStock. */
  adjust(delta: number, reason: string, actorId: string, at: Date): StockMovement {
    if (this.onHand + delta > MAX_QUANTITY) throw new StockTooLarge();
    return this.book(delta, { kind: 'adjustment', reason, actorId }, at);
  }

  /** Compare-and-set; undefined when nothing changes. Throws StockChanged when onHand is not `expected`. */
  setOnHand(onHand: number, expected: number, reason: string, actorId: string, at: Date): StockMovement | undefined {
    if (this.onHand !== expected) throw new StockChanged(expected, this.onHand);
    return onHand === this.onHand ? undefined : this.adjust(onHand - this.onHand, reason, actorId, at);
  }

  /** Sets the units that a feed of another system counts, which are not below zero. */
  correct(onHand: number, cause: CorrectionCause, at: Date): void {
    this.book(onHand - this.onHand, { kind: 'inventory-count', ...cause }, at);
  }

  private book(delta: number, cause: MovementCause & { reason: string }, at: Date): StockMovement {
    const movement = this.move(delta, cause);
    this.changed(at);
    const { onHand } = this;
    this.record({ type: 'catalog.stock-adjusted', productId: this.id, delta, onHand, reason: cause.reason });
    return movement;
  }

  private move(delta: number, cause: MovementCause): StockMovement {
    const movement = StockMovement.of(this, delta, cause);
    const low = stockLow(this, movement.balanceAfter);
    if (low) this.record(low);
    assign<Product>(this, { onHand: movement.balanceAfter });
    this.movements.push(movement);
    return movement;
  }
}
