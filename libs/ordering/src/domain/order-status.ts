import { assign } from '@holdfast/shared-kernel';

export const ORDER_STATUSES = ['reserved', 'payment_pending', 'paid', 'fulfilled', 'canceled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The statuses that an order may move to from each status. */
const NEXT: Record<OrderStatus, readonly OrderStatus[]> = {
  reserved: ['payment_pending', 'paid', 'canceled'],
  payment_pending: ['paid', 'canceled'],
  paid: ['fulfilled', 'canceled'],
  fulfilled: [],
  canceled: [],
};

export const mayFollow = (from: OrderStatus, to: OrderStatus): boolean => NEXT[from].includes(to);

/** Statuses in which an order may be canceled without a refund. */
export const UNPAID: readonly OrderStatus[] = ['reserved', 'payment_pending'];
export const REFUNDABLE: readonly OrderStatus[] = ['paid', 'fulfilled'];

/** The state of an order's payment, as the events of payments report it. */
export const PAYMENT_STATUSES = [
  'pending',
  'captured',
  'failed',
  'canceled',
  'partially_refunded',
  'refunded',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** What the customer's app needs to finish a payment, at providers that give it; only while the payment is pending. */
export interface PaymentMeans {
  readonly clientSecret: string | null;
  readonly approvalUrl: string | null;
}
export const NO_MEANS: PaymentMeans = { clientSecret: null, approvalUrl: null };

/** One step of an order's history: written once, never changed. */
export class OrderTransition {
  readonly orderId!: string;
  readonly from!: string;
  readonly to!: string;
  readonly cause!: string;
  readonly at!: Date;

  static of(orderId: string, from: string, to: string, cause: string, at: Date): OrderTransition {
    const transition = new OrderTransition();
    assign<OrderTransition>(transition, { orderId, from, to, cause, at });
    return transition;
  }
}
