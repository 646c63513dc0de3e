import { assign } from '@holdfast/shared-kernel';

/** Units of a product that nobody but the owner can buy until the hold expires. They stay in the stock. */
export class Hold {
  readonly productId!: string;
  readonly ownerId!: string;
  readonly quantity!: number;
  /** By the database's clock, to the millisecond, as is `renewableUntil`. */
  readonly expiresAt!: Date;
  /** No renewal goes beyond it, however often the hold lapses, is given up and is made again. */
  readonly renewableUntil!: Date;

  static of(fields: Pick<Hold, 'productId' | 'ownerId' | 'quantity' | 'expiresAt' | 'renewableUntil'>): Hold {
    const hold = new Hold();
    assign<Hold>(hold, fields);
    return hold;
  }

  renew(fields: Pick<Hold, 'quantity' | 'expiresAt' | 'renewableUntil'>): void {
    assign<Hold>(this, fields);
  }

  lapse(at: Date): void {
    assign<Hold>(this, { expiresAt: at });
  }

  /** After the pause the owner holds units for the first time again. */
  get pauseEnd(): Date {
    return new Date(this.expiresAt.getTime() + HOLD_PAUSE);
  }
}

/** How long an owner holds nothing of a product before the units may be held for the longest time again. */
export const HOLD_PAUSE = 600_000;

/** How long a hold lives without a change of the cart, and how long at most, in milliseconds. */
export interface HoldTimes {
  ttl: number;
  longest: number;
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

  /** When the product was locked, by the database's clock. */
  get countedAt(): Date {
    return this.counted.at;
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

  /** When the owner may hold units again; undefined when that is now. */
  pausedUntil(ownerId: string): Date | undefined {
    const hold = this.known.get(ownerId);
    const { at } = this.counted;
    return hold && hold.renewableUntil <= at && at < hold.pauseEnd ? hold.pauseEnd : undefined;
  }

  /**
   * Makes or replaces the owner's hold. It expires `ttl` after the count, and at most `longest` after the owner first
   * held units of the product: a pause of {@link HOLD_PAUSE} begins that time anew.
   */
  keep(productId: string, ownerId: string, quantity: number, { ttl, longest }: HoldTimes): void {
    const { at } = this.counted;
    const hold = this.known.get(ownerId);
    const isFirst = !hold || hold.pauseEnd <= at;
    const renewableUntil = isFirst ? new Date(at.getTime() + longest) : hold.renewableUntil;
    const expiresAt = new Date(Math.min(at.getTime() + ttl, renewableUntil.getTime()));
    this.revision++;
    this.counted.units += quantity - this.unitsOf(ownerId);
    if (hold) hold.renew({ quantity, expiresAt, renewableUntil });
    else this.known.set(ownerId, Hold.of({ productId, ownerId, quantity, expiresAt, renewableUntil }));
  }

  /** Ends the owner's live hold. Its row stays for the pause, so that a new hold is no first one. */
  lapse(ownerId: string): void {
    if (this.unitsOf(ownerId) === 0) return;
    this.revision++;
    this.counted.units -= this.unitsOf(ownerId);
    this.known.get(ownerId)!.lapse(this.counted.at);
  }

  /** Removes the owner's hold, whose units were sold to the owner. */
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
