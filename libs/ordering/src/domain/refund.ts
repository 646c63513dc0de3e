import { Money } from '@holdfast/shared-kernel';
import { lineOf } from './delivery';
import type { OrderLine, RefundedUnits } from './order-line';
import type { OrderStatus } from './order-status';
import {
  NothingToRefund,
  RefundByAmountAndItems,
  RefundExceedsOrder,
  RefundTooLarge,
  RestockWithoutEffect,
} from './ordering.errors';

export interface RefundedItem {
  productId: string;
  quantity: number;
  /** Whether the units come back to stock; true unless given, for units that have not left. */
  restock?: boolean;
}

export interface Refund {
  id: string;
  /** Defaults to the price of the items, or to all that is left of what was paid. */
  amount?: Money;
  items?: readonly RefundedItem[];
  reason: string;
  /** Whether the goods come back to stock; only for the refund of all before anything has left, true unless given. */
  restock?: boolean;
}

interface Payment {
  total: Money;
  refunded: Money;
}

export interface RefundedOrder extends Payment {
  status: OrderStatus;
  taxInclusive: boolean;
  lines: readonly OrderLine[];
}

/** The units of one line that a refund takes. */
type Units = RefundedUnits & { line: OrderLine };

/**
 * Decides what a refund gives back, of which units, and whether it cancels the order: a refund of all cancels an order
 * of which nothing has left. Of a line it takes units that have not left first. Throws RefundTooLarge, NothingToRefund,
 * CurrenciesMixed, RefundExceedsOrder, RefundByAmountAndItems, and RestockWithoutEffect for a `restock` that decides
 * nothing.
 */
export function settleRefundOf(order: RefundedOrder, refund: Refund) {
  const { status, lines, total } = order;
  if (refund.items && refund.amount) throw new RefundByAmountAndItems();
  const left = unrefundedOf(order);
  const named = unitsNamed(order, refund.items ?? []);
  const hasLeft = lines.some(({ shipped }) => shipped > 0);
  const areAllWithdrawn = !hasLeft && lines.every((line) => line.left === (unitsOf(named, line)?.withdrawn ?? 0));
  const amount = refund.amount ?? (refund.items && !areAllWithdrawn ? priceOf(named, left, order.taxInclusive) : left);
  const after = refundedAfter(order, amount);
  // Without items, an order that cost nothing ends by a refund of nothing.
  const isAll = areAllWithdrawn || (after.equals(total) && (total.thousandths > 0n || !refund.items));
  const endsOrder = status === 'paid' && !hasLeft && isAll;
  if (!refund.items && amount.thousandths === 0n && !(endsOrder && total.thousandths === 0n))
    throw new NothingToRefund();
  if (refund.restock !== undefined && (refund.items || !endsOrder)) throw new RestockWithoutEffect(status);
  const units = isAll ? allUnits(lines, named, refund.restock ?? true) : named;
  return { amount, units, endsOrder };
}

/** What is left of the payment. */
export const unrefundedOf = ({ total, refunded }: Payment): Money =>
  Money.of(total.thousandths - refunded.thousandths, total.currency);

/** All that is refunded once `amount` is. Throws RefundTooLarge, CurrenciesMixed. */
export function refundedAfter(order: Payment, amount: Money): Money {
  const after = order.refunded.plus(amount);
  if (after.thousandths > order.total.thousandths) throw new RefundTooLarge(amount, unrefundedOf(order));
  return after;
}

/** All units that are not refunded yet: `named` as they are, the others restocked or not if they have not left. */
export function allUnits(lines: readonly OrderLine[], named: readonly Units[], restock: boolean): Units[] {
  const all = lines.map((line) => {
    const { withdrawn = 0, restocked = 0 } = unitsOf(named, line) ?? {};
    const rest = line.left - withdrawn;
    const settled = line.shipped - line.settled;
    return { line, withdrawn: line.left, settled, restocked: restocked + (restock ? rest : 0) };
  });
  return all.filter(({ withdrawn, settled }) => withdrawn + settled > 0);
}

const unitsOf = (units: readonly Units[], line: OrderLine) => units.find((each) => each.line === line);

/** Items of one product add up. */
function unitsNamed({ status, lines }: RefundedOrder, items: readonly RefundedItem[]): Units[] {
  const named = new Map<OrderLine, Units>();
  const short = new Map<string, { productId: string; requested: number; refundable: number }>();
  for (const { productId, quantity, restock } of items) {
    const line = lineOf(lines, productId);
    const before = (line && named.get(line)) ?? { withdrawn: 0, settled: 0, restocked: 0 };
    const withdrawn = Math.min(quantity, (line?.left ?? 0) - before.withdrawn);
    const settled = quantity - withdrawn;
    const refundable = line ? line.quantity - line.refunded : 0;
    const requested = before.withdrawn + before.settled + quantity;
    if (!line || requested > refundable) short.set(productId, { productId, requested, refundable });
    else if (restock && settled > 0) throw new RestockWithoutEffect(status);
    else
      named.set(line, {
        line,
        withdrawn: before.withdrawn + withdrawn,
        settled: before.settled + settled,
        restocked: before.restocked + (restock === false ? 0 : withdrawn),
      });
  }
  if (short.size) throw new RefundExceedsOrder([...short.values()]);
  return [...named.values()];
}

/** Units can still be taken out of an order whose money is all back. */
function priceOf(units: readonly Units[], left: Money, taxInclusive: boolean): Money {
  if (left.thousandths === 0n) return left;
  return units
    .map(({ line, withdrawn, settled }) => line.priceOf(withdrawn + settled, taxInclusive))
    .reduce((sum, price) => sum.plus(price));
}
