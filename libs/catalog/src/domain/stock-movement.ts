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
] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

export interface MovementCause {
  kind: MovementKind;
  actorId: string;
  at: Date;
  reason?: string;
  orderId?: string;
}

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
  readonly at!: Date;

  /** Moves stock by `delta` units. Throws InsufficientStock when less than nothing would be left. */
  static of(product: { id: string; onHand: number }, delta: number, cause: MovementCause): StockMovement {
    const { id: productId, onHand } = product;
    const balanceAfter = onHand + delta;
    if (balanceAfter < 0) throw new InsufficientStock([{ productId, requested: -delta, available: onHand }]);
    const { kind, actorId, at, reason = null, orderId = null } = cause;
    const movement = new StockMovement();
    const fields = { id: newId(), productId, kind, delta, balanceAfter, reason, actorId, orderId, at };
    assign<StockMovement>(movement, fields);
    return movement;
  }
}
