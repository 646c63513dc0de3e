import type {
  OrderedLine,
  OrderCanceled,
  OrderPaid,
  OrderPaymentPending,
  OrderPlaced,
  UnitsWithdrawn,
} from '@holdfast/contracts';
import type { Money, ProductQuantity } from '@holdfast/shared-kernel';
import type { OrderLine, RefundedUnits } from './order-line';

/** The parts of an order that its events name. */
interface Subject {
  id: string;
  customerId: string;
  lines: readonly OrderLine[];
  total: Money;
}

/** The members that every event of an order begins with. */
export const subjectOf = ({ id: orderId, customerId }: Subject) => ({ orderId, customerId });

export const orderPlaced = (order: Subject, at: Date): OrderPlaced => ({
  type: 'ordering.order-placed',
  ...subjectOf(order),
  lines: order.lines.map(orderedLine),
  total: order.total.toView(),
  placedAt: at.toISOString(),
});

const orderedLine = ({ productId, sku, name, quantity, unitPrice }: OrderLine): OrderedLine => ({
  ...{ productId, sku, name, quantity },
  unitPrice: unitPrice.toView(),
});

export const orderPaymentPending = (order: Subject, provider: string, at: Date): OrderPaymentPending => ({
  ...{ type: 'ordering.order-payment-pending', ...subjectOf(order), provider, pendingAt: at.toISOString() },
});

export const orderPaid = (order: Subject, at: Date): OrderPaid => ({
  ...{ type: 'ordering.order-paid', ...subjectOf(order), total: order.total.toView(), paidAt: at.toISOString() },
});

export const orderCanceled = (
  order: Subject,
  ending: { cause: string; restocked: readonly ProductQuantity[]; refunded: boolean },
  at: Date,
): OrderCanceled => ({
  type: 'ordering.order-canceled',
  ...subjectOf(order),
  restocked: ending.restocked.map(({ productId, quantity }) => ({ productId, quantity })),
  refunded: ending.refunded,
  cause: ending.cause,
  canceledAt: at.toISOString(),
});

export const unitsWithdrawn = (
  order: Subject,
  units: readonly (RefundedUnits & { line: OrderLine })[],
  at: Date,
): UnitsWithdrawn => ({
  type: 'ordering.units-withdrawn',
  ...subjectOf(order),
  items: units
    .filter(({ withdrawn }) => withdrawn > 0)
    .map(({ line: { productId }, withdrawn: quantity, restocked }) => ({ productId, quantity, restocked })),
  withdrawnAt: at.toISOString(),
});
