import { Money } from '@holdfast/shared-kernel';
import type { OrderStatus } from './order-status';
import { NothingToRefund, RefundTooLarge, RestockWithoutEffect } from './ordering.errors';

export interface Refund {
  id: string;
  /** Defaults to all that is left of what was paid. */
  amount?: Money;
  reason: string;
  /** Whether the goods come back to stock; only for the refund that cancels the order, true unless given. */
  restock?: boolean;
}

interface RefundedOrder {
  status: OrderStatus;
  total: Money;
  refunded: Money;
}

/**
 * Decides what a refund gives back, and whether it cancels the order: a full refund cancels an order that has not left.
 * Throws RefundTooLarge, NothingToRefund, CurrenciesMixed, and RestockWithoutEffect for a `restock` that decides
 * nothing.
 */
export function settleRefundOf({ status, total, refunded }: RefundedOrder, refund: Refund) {
  const left = Money.of(total.thousandths - refunded.thousandths, total.currency);
  const amount = refund.amount ?? left;
  const after = refunded.plus(amount);
  if (after.thousandths > total.thousandths) throw new RefundTooLarge(amount, left);
  const endsOrder = status === 'paid' && after.thousandths === total.thousandths;
  // An order that cost nothing ends by a refund of nothing.
  if (amount.thousandths === 0n && !(endsOrder && total.thousandths === 0n)) throw new NothingToRefund();
  if (refund.restock !== undefined && !endsOrder) throw new RestockWithoutEffect(status);
  return { amount, refunded: after, endsOrder };
}
