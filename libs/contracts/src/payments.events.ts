import type { MoneyView } from '@holdfast/shared-kernel';

/** A provider has taken the payment on; what comes of it will follow. */
export interface PaymentStarted {
  type: 'payments.payment-started';
  paymentId: string;
  orderId: string;
  provider: string;
  /** Between our contexts: never published, shown or logged, and forgotten when it is handled. */
  private: {
    /** What the customer's app finishes the payment with, at providers that have such a thing. */
    clientSecret: string | null;
  };
}

/** The money of a living payment is there, all of it. Money that comes too late is refunded instead, and not told of here. */
export interface PaymentCaptured {
  type: 'payments.payment-captured';
  paymentId: string;
  orderId: string;
  provider: string;
  amount: MoneyView;
}

/** There will be no money: declined, or no provider would take it on. */
export interface PaymentFailed {
  type: 'payments.payment-failed';
  paymentId: string;
  orderId: string;
  reason: string;
}

/** Money has to go back; the provider is asked next. */
export interface PaymentRefundRequested {
  type: 'payments.refund-requested';
  paymentId: string;
  orderId: string;
  refundId: string;
  amount: MoneyView;
}

/** The provider has sent money back. */
export interface PaymentRefunded {
  type: 'payments.payment-refunded';
  paymentId: string;
  orderId: string;
  refundId: string;
  amount: MoneyView;
  /** True when nothing that was captured is left. */
  inFull: boolean;
}

export type PaymentsEvent = PaymentStarted | PaymentCaptured | PaymentFailed | PaymentRefundRequested | PaymentRefunded;
