import { assign, newId } from '@holdfast/shared-kernel';
import { InsufficientStock } from './catalog.errors';

/** What puts units of an order back: it ended, some of it was refunded before it left, or goods came back. */
export type GivingBack = 'order-canceled' | 'order-refunded' | 'return-received';

export const MOVEMENT_KINDS = [
  'initial',
  'adjustment',
  'order-placed',
  'order-canceled',
  'order-refunded',
  'return-received',
  'return-written-off',
  'inventory-count',
] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

export interface MovementCause {
  kind: MovementKind;
  actorId: string;
  reason?: string;
  orderId?: string;
  feedId?: string;
}

/** Why a feed of another system corrects stock. */
export type CorrectionCause = Required<Pick<MovementCause, 'feedId' | 'reason' | 'actorId'>>;

/** One row of a product's stock ledger. It is written once and never changed. */
export class StockMovement {
  readonly id!: string;
  readonly productId!: string;
  readonly kind!: MovementKind;
  readonly delta!: number;
  readonly balanceAfter!: number;
  readonly reason!: string | null;
  readonly actorId!: string;
  readonly orderId!: string | null;
  /** The feed of another system whose count the movement applies. */
  readonly feedId!: string | null;
  /**
   * When the product's row was locked, by the database's clock, to the millisecond: later than every movement before.
   * Null until the row is written, unless the time of the lock is known.
   */
  readonly at!: Date | null;

  /** Moves stock by `delta` units. Throws InsufficientStock when less than nothing would be left. */
  static of(product: { id: string; onHand: number }, delta: number, cause: MovementCause): StockMovement {
    const { id: productId, onHand } = product;
    const balanceAfter = onHand + delta;
    if (balanceAfter < 0) throw new InsufficientStock([{ productId, requested: -delta, available: onHand }]);
    const { kind, actorId, reason = null, orderId = null, feedId = null } = cause;
    const movement = new StockMovement();
    const fields = { id: newId(), productId, kind, delta, balanceAfter, reason, actorId, orderId, feedId, at: null };
    assign<StockMovement>(movement, fields);
    return movement;
  }

  /** Gives the movement the time of its product's lock, for an answer that is made before the row is written. */
  datedBy(lockedAt: Date): DatedMovement {
    assign<StockMovement>(this, { at: lockedAt });
    return this as DatedMovement;
  }
}

export type DatedMovement = StockMovement & { readonly at: Date };
