import type { OrderedLine, OrderCanceled, OrderPaid, OrderPaymentPending, OrderPlaced } from '@holdfast/contracts';
import type { Money } from '@holdfast/shared-kernel';
import type { OrderLine } from './order-line';

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
  ending: { cause: string; restock: boolean; refunded: boolean },
  at: Date,
): OrderCanceled => ({
  type: 'ordering.order-canceled',
  ...subjectOf(order),
  restocked: ending.restock ? order.lines.map(({ productId, quantity }) => ({ productId, quantity })) : [],
  refunded: ending.refunded,
  cause: ending.cause,
  canceledAt: at.toISOString(),
});
