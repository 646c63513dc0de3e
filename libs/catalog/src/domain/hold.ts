import { assign } from '@holdfast/shared-kernel';

/** Units of a product that nobody but the owner can buy until the hold expires. They stay in the stock. */
export class Hold {
  readonly productId!: string;
  readonly ownerId!: string;
  readonly quantity!: number;
  /** By the database's clock, to the millisecond. */
  readonly expiresAt!: Date;

  static of(productId: string, ownerId: string, quantity: number, expiresAt: Date): Hold {
    const hold = new Hold();
    assign<Hold>(hold, { productId, ownerId, quantity, expiresAt });
    return hold;
  }

  renew(quantity: number, expiresAt: Date): void {
    assign<Hold>(this, { quantity, expiresAt });
  }
}

/** The live holds of a product, as one statement counts them under the product's lock. */
export interface HoldCount {
  /** The time of the count, by the database's clock. */
  at: Date;
  /** The units in the live holds of all owners. */
  units: number;
}

/**
 * The holds of one locked product: those of the owners that the unit of work serves, and the sum of all others. They
 * are counted once and then kept up to date in memory, so that a later call in the same unit sees what an earlier one
 * did.
 *
 * - A hold counts until it expires, swept or not. Expiry is measured at the moment of the count.
 * - An owner is known when the owner's hold was looked up, whether or not there is one.
 */
export class Holds {
  /** Rises with every change. */
  revision = 0;
  private count?: HoldCount;
  private readonly known = new Map<string, Hold | undefined>();
  private readonly elsewhere = new Map<string, number>();

  /** The holds of the known owners, which the commit writes. */
  get own(): Hold[] {
    return [...this.known.values()].filter((hold) => hold !== undefined);
  }

  isCounted(ownerId: string | undefined): boolean {
    return this.count !== undefined && (ownerId === undefined || this.known.has(ownerId));
  }

  /** The first count stands: later changes are in it, and not yet in the table. */
  setCount(count: HoldCount): void {
    this.count ??= { ...count };
  }

  /**
   * Sets the owner's hold, expired or not; undefined when the owner has none. `inAll` are the units in the owner's live
   * holds of all products.
   */
  setHold(ownerId: string, hold: Hold | undefined, inAll = hold?.quantity ?? 0): void {
    this.known.set(ownerId, hold);
    this.elsewhere.set(ownerId, inAll - this.unitsOf(ownerId));
  }

  /** Units in the owner's live holds of other products, at the moment of the count. */
  unitsElsewhere(ownerId: string): number {
    return this.elsewhere.get(ownerId) ?? 0;
  }

  /** Live units in the owner's hold. */
  unitsOf(ownerId: string | undefined): number {
    const hold = ownerId === undefined ? undefined : this.known.get(ownerId);
    return hold && hold.expiresAt > this.counted.at ? hold.quantity : 0;
  }

  /** Live units in the holds of all other owners. */
  unitsOfOthers(ownerId: string | undefined): number {
    return this.counted.units - this.unitsOf(ownerId);
  }

  /** The expiry of the owner's hold; undefined when the owner has no live hold. */
  expiryOf(ownerId: string): Date | undefined {
    return this.unitsOf(ownerId) > 0 ? this.known.get(ownerId)?.expiresAt : undefined;
  }

  /** Makes or replaces the owner's hold; it expires `milliseconds` after the count. */
  keep(productId: string, ownerId: string, quantity: number, milliseconds: number): void {
    const expiresAt = new Date(this.counted.at.getTime() + milliseconds);
    const hold = this.known.get(ownerId);
    this.revision++;
    this.counted.units += quantity - this.unitsOf(ownerId);
    if (hold) hold.renew(quantity, expiresAt);
    else this.known.set(ownerId, Hold.of(productId, ownerId, quantity, expiresAt));
  }

  drop(ownerId: string): void {
    if (!this.known.get(ownerId)) return;
    this.revision++;
    this.counted.units -= this.unitsOf(ownerId);
    this.known.set(ownerId, undefined);
  }

  private get counted(): HoldCount {
    if (!this.count) throw new Error('The holds of this product were not counted when it was locked.');
    return this.count;
  }
}
