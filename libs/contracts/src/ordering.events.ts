import type { MoneyView } from '@holdfast/shared-kernel';

export interface OrderedLine {
  productId: string;
  sku: string;
  /** Name of the product at the time of the order. */
  name: string;
  quantity: number;
  unitPrice: MoneyView;
}

/** The order exists and its stock is taken: one transaction committed both. */
export interface OrderPlaced {
  type: 'ordering.order-placed';
  orderId: string;
  customerId: string;
  lines: OrderedLine[];
  total: MoneyView;
  placedAt: string;
}

/** A provider has the payment and works on it. */
export interface OrderPaymentPending {
  type: 'ordering.order-payment-pending';
  orderId: string;
  customerId: string;
  provider: string;
  pendingAt: string;
}

/** The order is paid in full: fulfilment may begin. */
export interface OrderPaid {
  type: 'ordering.order-paid';
  orderId: string;
  customerId: string;
  total: MoneyView;
  paidAt: string;
}

/** Something of the order has left, and nothing is left to ship. */
export interface OrderFulfilled {
  type: 'ordering.order-fulfilled';
  orderId: string;
  customerId: string;
  fulfilledAt: string;
}

/** An admin refunds some of an order, or all that is left. A full refund also cancels an order that has not left. */
export interface RefundRequested {
  type: 'ordering.refund-requested';
  orderId: string;
  customerId: string;
  refundId: string;
  amount: MoneyView;
  reason: string;
}

/** Units of a paid order were refunded before they left: they are not to be shipped. The others are. */
export interface UnitsWithdrawn {
  type: 'ordering.units-withdrawn';
  orderId: string;
  customerId: string;
  /** `restocked` of the `quantity` units are back in stock. */
  items: { productId: string; quantity: number; restocked: number }[];
  withdrawnAt: string;
}

/** The order is canceled and its stock is back: one transaction committed both. */
export interface OrderCanceled {
  type: 'ordering.order-canceled';
  orderId: string;
  customerId: string;
  /** What comes back now; empty for a refunded order whose goods do not. */
  restocked: { productId: string; quantity: number }[];
  /** The order was paid and all of it is refunded; `payments.payment-refunded` follows when the money is sent. */
  refunded: boolean;
  cause: string;
  canceledAt: string;
}

export type OrderingEvent =
  OrderPlaced | OrderPaymentPending | OrderPaid | OrderFulfilled | RefundRequested | UnitsWithdrawn | OrderCanceled;
