import { newId } from '@holdfast/shared-kernel';

export type MovementKind = 'initial' | 'adjustment' | 'order-placed' | 'order-canceled';

export interface MovementCause {
  kind: MovementKind;
  actorId: string;
  at: Date;
  reason?: string;
  orderId?: string;
}

/** One row of a product's stock ledger: written once, never changed. */
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

  static of(productId: string, delta: number, balanceAfter: number, cause: MovementCause): StockMovement {
    const { reason = null, orderId = null, ...rest } = cause;
    return Object.assign(new StockMovement(), {
      id: newId(),
      productId,
      delta,
      balanceAfter,
      reason,
      orderId,
      ...rest,
    });
  }
}
