export type OrderStatus = 'reserved' | 'payment_pending' | 'paid' | 'fulfilled' | 'canceled';
export const ORDER_STATUSES: OrderStatus[] = ['reserved', 'payment_pending', 'paid', 'fulfilled', 'canceled'];

/** Where an order may go from where it is. */
const NEXT: Record<OrderStatus, readonly OrderStatus[]> = {
  reserved: ['payment_pending', 'paid', 'canceled'],
  payment_pending: ['paid', 'canceled'],
  paid: ['fulfilled', 'canceled'],
  fulfilled: ['canceled'],
  canceled: [],
};

export const mayFollow = (from: OrderStatus, to: OrderStatus): boolean => NEXT[from].includes(to);

/** What may still be canceled for nothing; a paid order ends early only by a refund. */
export const UNPAID: readonly OrderStatus[] = ['reserved', 'payment_pending'];

/** What the payment of an order has come to, as payments tell it. */
export type PaymentStatus = 'pending' | 'captured' | 'failed' | 'canceled' | 'partially_refunded' | 'refunded';
export const PAYMENT_STATUSES: PaymentStatus[] = [
  'pending',
  'captured',
  'failed',
  'canceled',
  'partially_refunded',
  'refunded',
];
