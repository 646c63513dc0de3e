import type { MoneyView } from '@holdfast/shared-kernel';

/** A parcel of an order has left. */
export interface Shipped {
  type: 'fulfilment.shipped';
  orderId: string;
  customerId: string;
  shipmentId: string;
  items: { productId: string; quantity: number }[];
  /** What is still to be shipped. */
  left: { productId: string; quantity: number }[];
  carrier: string | null;
  trackingNumber: string | null;
  trackingUrl: string | null;
  shippedAt: string;
}

/** A customer wants to send goods back. The reason is the customer's own text, so no event carries it. */
export interface ReturnRequested {
  type: 'fulfilment.return-requested';
  returnId: string;
  orderId: string;
  customerId: string;
  items: { productId: string; quantity: number }[];
  requestedAt: string;
}

/** Goods are back: in stock, or written off. One transaction committed the stock and the refund. */
export interface ReturnReceived {
  type: 'fulfilment.return-received';
  returnId: string;
  orderId: string;
  customerId: string;
  items: { productId: string; restocked: number; writtenOff: number }[];
  /** What is paid back; zero for nothing. `payments.payment-refunded` follows when the money is sent. */
  refund: MoneyView;
  receivedAt: string;
}

/** A return was rejected, for a reason that the customer reads. */
export interface ReturnRejected {
  type: 'fulfilment.return-rejected';
  returnId: string;
  orderId: string;
  customerId: string;
  reason: string;
  rejectedAt: string;
}

export type FulfilmentEvent = Shipped | ReturnRequested | ReturnReceived | ReturnRejected;
