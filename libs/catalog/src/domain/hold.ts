/** A promise on a product's stock: until it expires, its units are left to nobody but its owner. It takes none of them. */
export class Hold {
  readonly productId!: string;
  readonly ownerId!: string;
  readonly quantity!: number;
  /** By the database's clock, to the millisecond. */
  readonly expiresAt!: Date;

  static of(productId: string, ownerId: string, quantity: number, expiresAt: Date): Hold {
    return Object.assign(new Hold(), { productId, ownerId, quantity, expiresAt });
  }
}

/** What was read of a product's holds in one statement under its lock. */
export interface HoldCount {
  /** When, by the database's clock. */
  at: Date;
  /** In everybody's live holds. */
  units: number;
}

/**
 * What is promised of one locked product: the holds of the owners at hand, and of all others only the sum. It is counted
 * once, and kept right from then on: who comes later in the same unit of work sees what those before him did.
 *
 * - A hold counts until it expires, swept or not, and is measured at the moment of the count.
 * - Whoever is not known has not been looked for; who has no hold is known too.
 */
export class Holds {
  /** Rises with every change. */
  revision = 0;
  private count?: HoldCount;
  private readonly known = new Map<string, Hold | undefined>();

  /** Those of the owners at hand; what becomes of them is written at commit. */
  get own(): Hold[] {
    return [...this.known.values()].filter((hold) => hold !== undefined);
  }

  knows(ownerId: string | undefined): boolean {
    return this.count !== undefined && (ownerId === undefined || this.known.has(ownerId));
  }

  /** Only once: what was done since is in the count, and in no table. */
  learn(count: HoldCount): void {
    this.count ??= { ...count };
  }

  /** The owner's hold, alive or not; or that he has none. */
  learnOf(ownerId: string, hold: Hold | undefined): void {
    this.known.set(ownerId, hold);
  }

  /** Live units in an owner's hold. */
  of(ownerId: string | undefined): number {
    const hold = ownerId === undefined ? undefined : this.known.get(ownerId);
    return hold && hold.expiresAt > this.counted.at ? hold.quantity : 0;
  }

  /** Live units that are not this owner's. */
  ofOthers(ownerId: string | undefined): number {
    return this.counted.units - this.of(ownerId);
  }

  /** When an owner's hold ends; undefined when none is alive. */
  endOf(ownerId: string): Date | undefined {
    return this.of(ownerId) > 0 ? this.known.get(ownerId)?.expiresAt : undefined;
  }

  /** Makes the owner's hold, or makes it this one; `milliseconds` from the count. */
  keep(productId: string, ownerId: string, quantity: number, milliseconds: number): void {
    const expiresAt = new Date(this.counted.at.getTime() + milliseconds);
    const hold = this.known.get(ownerId);
    this.revision++;
    this.counted.units += quantity - this.of(ownerId);
    if (hold) Object.assign(hold, { quantity, expiresAt });
    else this.known.set(ownerId, Hold.of(productId, ownerId, quantity, expiresAt));
  }

  drop(ownerId: string): void {
    if (!this.known.get(ownerId)) return;
    this.revision++;
    this.counted.units -= this.of(ownerId);
    this.known.set(ownerId, undefined);
  }

  private get counted(): HoldCount {
    if (!this.count) throw new Error('The holds of this product were not counted when it was locked.');
    return this.count;
  }
}
