import type { MoneyView } from '@holdfast/shared-kernel';

export interface OrderedLine {
  productId: string;
  sku: string;
  /** Of the product, when it was ordered. */
  name: string;
  quantity: number;
  unitPrice: MoneyView;
}

/** The order exists and its stock is taken: both were committed together. */
export interface OrderPlaced {
  type: 'ordering.order-placed';
  orderId: string;
  customerId: string;
  lines: OrderedLine[];
  total: MoneyView;
  placedAt: string;
}

/** A provider is at work on the payment. */
export interface OrderPaymentPending {
  type: 'ordering.order-payment-pending';
  orderId: string;
  customerId: string;
  provider: string;
  pendingAt: string;
}

/** Paid in full: fulfilment may begin. */
export interface OrderPaid {
  type: 'ordering.order-paid';
  orderId: string;
  customerId: string;
  total: MoneyView;
  paidAt: string;
}

/** The goods are on their way: the order's life ends well. */
export interface OrderFulfilled {
  type: 'ordering.order-fulfilled';
  orderId: string;
  customerId: string;
  fulfilledAt: string;
}

/** An admin gives money back: some of it, or all that is left, with which the order is canceled too. */
export interface RefundRequested {
  type: 'ordering.refund-requested';
  orderId: string;
  customerId: string;
  refundId: string;
  amount: MoneyView;
  reason: string;
}

/** The order is canceled and its stock is back: both were committed together. */
export interface OrderCanceled {
  type: 'ordering.order-canceled';
  orderId: string;
  customerId: string;
  /** Nothing when it was refunded and its goods do not come back. */
  restocked: { productId: string; quantity: number }[];
  /** It was paid, and all of that goes back: `payments.payment-refunded` will tell when. */
  refunded: boolean;
  cause: string;
  canceledAt: string;
}

export type OrderingEvent =
  OrderPlaced | OrderPaymentPending | OrderPaid | OrderFulfilled | RefundRequested | OrderCanceled;
