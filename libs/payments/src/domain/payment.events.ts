import { Money } from '@holdfast/shared-kernel';
import type {
  PaymentAttemptFailed,
  PaymentCaptured,
  PaymentDisputed,
  PaymentFailed,
  PaymentRefunded,
  PaymentRefundFailed,
  PaymentRefundRequested,
  PaymentStarted,
} from '@holdfast/contracts';
import type { Attempt } from './attempt';
import type { ChargeState } from './payment-provider';

interface ReportedRefund {
  id: string;
  amount: Money;
  status: string;
  isForeign: boolean;
  failure: string | null;
}

interface ReportedPayment {
  id: string;
  orderId: string;
  amount: Money;
  attempts: Attempt[];
  refunds: ReportedRefund[];
}

/** The payloads of the events that a payment records. */
export const eventsOf = (payment: ReportedPayment) => {
  const ids = { paymentId: payment.id, orderId: payment.orderId };
  const about = ({ id: refundId, amount, isForeign }: ReportedRefund) => ({
    ...{ refundId, amount: amount.toView(), refunded: sentBackOf(payment).toView(), atProvider: isForeign },
  });
  return {
    started: ({ provider }: Attempt, { clientSecret = null, approvalUrl = null }: ChargeState): PaymentStarted => ({
      ...{ type: 'payments.payment-started', ...ids, provider, private: { clientSecret, approvalUrl } },
    }),
    attemptFailed: ({ provider }: Attempt, reason: string): PaymentAttemptFailed => ({
      ...{ type: 'payments.attempt-failed', ...ids, provider, reason },
    }),
    captured: ({ provider, captured }: Attempt): PaymentCaptured => ({
      ...{ type: 'payments.payment-captured', ...ids, provider, amount: captured.toView() },
    }),
    failed: (reason: string): PaymentFailed => ({ type: 'payments.payment-failed', ...ids, reason }),
    refundRequested: ({ id: refundId, amount }: ReportedRefund): PaymentRefundRequested => ({
      ...{ type: 'payments.refund-requested', ...ids, refundId, amount: amount.toView() },
    }),
    refunded: (refund: ReportedRefund): PaymentRefunded => ({
      ...{ type: 'payments.payment-refunded', ...ids, ...about(refund), inFull: isRefundedInFull(payment) },
    }),
    refundFailed: (refund: ReportedRefund, wasSent: boolean): PaymentRefundFailed => ({
      ...{ type: 'payments.refund-failed', ...ids, ...about(refund), wasSent, reason: refund.failure ?? 'unknown' },
    }),
    disputed: (status: PaymentDisputed['status']): PaymentDisputed => ({
      ...{ type: 'payments.payment-disputed', ...ids, status },
    }),
  };
};

/** The sum of what providers have sent back. */
const sentBackOf = ({ refunds, amount: { currency } }: ReportedPayment): Money => {
  const sent = refunds.filter(({ status }) => status === 'succeeded');
  return sent.reduce((sum, { amount }) => sum.plus(amount), Money.of(0n, currency));
};

const isRefundedInFull = (payment: ReportedPayment): boolean => {
  const zero = Money.of(0n, payment.amount.currency);
  return sentBackOf(payment).equals(payment.attempts.reduce((sum, { captured }) => sum.plus(captured), zero));
};
