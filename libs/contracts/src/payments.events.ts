import type { MoneyView } from '@holdfast/shared-kernel';

/** A provider has taken the payment on; its outcome follows. */
export interface PaymentStarted {
  type: 'payments.payment-started';
  paymentId: string;
  orderId: string;
  provider: string;
  /** For our own handlers only: never published, shown or logged, and deleted when the event is handled. */
  private: {
    /** The secret that the customer's app finishes the payment with, at providers that give one. */
    clientSecret: string | null;
    /** The provider's page on which the customer approves the payment, at providers that have one. */
    approvalUrl: string | null;
  };
}

/** An attempt of the customer failed, a declined card for example. The payment lives on and can still be paid. */
export interface PaymentAttemptFailed {
  type: 'payments.attempt-failed';
  paymentId: string;
  orderId: string;
  provider: string;
  reason: string;
}

/** The payment is captured in full. Money that comes after the payment has ended is refunded and not reported here. */
export interface PaymentCaptured {
  type: 'payments.payment-captured';
  paymentId: string;
  orderId: string;
  provider: string;
  amount: MoneyView;
}

/** The payment has ended without money: at the provider, for want of time, or because no provider took it on. */
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
  /** The sum of all refunds of the payment that its provider has sent by now, this one included. */
  refunded: MoneyView;
  /** Begun at the provider, by its dashboard for example, and not by us. */
  atProvider: boolean;
  /** True when nothing that was captured is left. */
  inFull: boolean;
}

/** The provider has refused a refund, or sent it and got it back. An admin can retry it. */
export interface PaymentRefundFailed {
  type: 'payments.refund-failed';
  paymentId: string;
  orderId: string;
  refundId: string;
  amount: MoneyView;
  /** The sum of all refunds of the payment that its provider has sent by now, this one left out. */
  refunded: MoneyView;
  /** Begun at the provider, by its dashboard for example, and not by us. */
  atProvider: boolean;
  /** True when it was reported as sent before: its money has come back to the shop. */
  wasSent: boolean;
  reason: string;
}

/** The customer's bank disputes the payment (`open`), or has decided: `won` by the shop, or `lost`. */
export interface PaymentDisputed {
  type: 'payments.payment-disputed';
  paymentId: string;
  orderId: string;
  status: 'open' | 'won' | 'lost';
}

export type PaymentsEvent =
  | PaymentStarted
  | PaymentAttemptFailed
  | PaymentCaptured
  | PaymentFailed
  | PaymentRefundRequested
  | PaymentRefunded
  | PaymentRefundFailed
  | PaymentDisputed;
