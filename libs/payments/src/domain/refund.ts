import type { PaymentsEvent } from '@holdfast/contracts';
import { assign, Money, newId } from '@holdfast/shared-kernel';
import type { Attempt, Verdict } from './attempt';
import { eventsOf } from './payment.events';
import type { RefundNotice, RefundState } from './payment-provider';
import { PaymentNotCaptured, RefundExceedsCapture, RefundNotFailed } from './payments.errors';

export type RefundStatus = 'requested' | RefundState['status'];
export const REFUND_STATUSES: RefundStatus[] = ['requested', 'pending', 'succeeded', 'failed'];

/** A refund moves only forward: what a provider reports late or twice changes nothing. */
const RANK: Record<RefundStatus, number> = { requested: 0, pending: 1, succeeded: 2, failed: 3 };

/** requested → pending → succeeded, or failed at any time; a failed refund is requested again by a retry. */
export class Refund {
  readonly id!: string;
  readonly paymentId!: string;
  readonly attemptId!: string;
  private amountThousandths!: bigint;
  private currency!: string;
  readonly status!: RefundStatus;
  /** The provider's own id. */
  readonly reference!: string | null;
  readonly failure!: string | null;
  readonly retries!: number;
  /** Begun at the provider, by its dashboard for example, and not by us. */
  readonly isForeign!: boolean;
  readonly requestedAt!: Date;
  readonly sentAt!: Date | null;

  static request(
    id: string,
    { paymentId, id: attemptId }: Attempt,
    amount: Money,
    at: Date,
    isForeign = false,
  ): Refund {
    const refund = new Refund();
    refund.amountThousandths = amount.thousandths;
    refund.currency = amount.currency;
    assign<Refund>(refund, { id, paymentId, attemptId, status: 'requested', reference: null, failure: null });
    assign<Refund>(refund, { retries: 0, isForeign, requestedAt: at, sentAt: null });
    return refund;
  }

  get amount(): Money {
    return Money.of(this.amountThousandths, this.currency);
  }

  /** The provider's idempotency key. A retry has its own key, because providers repeat the answer to a known key. */
  get key(): string {
    return this.retries ? `${this.id}-${this.retries}` : this.id;
  }

  /** Whether the provider still has to be asked to begin or to finish the refund. */
  get isUndecided(): boolean {
    return this.status === 'requested' || this.status === 'pending';
  }

  /** Follows the provider's state; false when it brings nothing new. */
  follow({ status, reference, reason }: RefundState, at: Date): boolean {
    if (RANK[status] < RANK[this.status]) return false;
    const isNews = status !== this.status;
    if (!isNews && (this.reference ?? reference) === this.reference) return false;
    assign<Refund>(this, { status, reference: reference ?? this.reference, failure: reason ?? null });
    if (isNews) assign<Refund>(this, { sentAt: status === 'succeeded' ? at : null });
    return isNews;
  }

  /** Whether `notice` is about this refund: by its key, by the provider's id, or as the id of one that has none yet. */
  isMeantBy({ key, reference, amount }: RefundNotice): boolean {
    if (key) return key === this.key;
    const isUnnamed = this.reference === null && (this.isForeign || this.status === 'succeeded');
    return reference === this.reference || (isUnnamed && amount.equals(this.amount));
  }

  /** A refund that was begun at the provider has sent this money instead. */
  cover(reference: string | null, at: Date): void {
    assign<Refund>(this, { status: 'succeeded', reference, failure: null, sentAt: at });
  }

  retry(at: Date): void {
    assign<Refund>(this, { status: 'requested', reference: null, failure: null, requestedAt: at });
    assign<Refund>(this, { retries: this.retries + 1 });
  }
}

/** The payment as its refunds need it. */
interface RefundedPayment {
  readonly id: string;
  readonly orderId: string;
  readonly amount: Money;
  readonly attempts: Attempt[];
  readonly refunds: Refund[];
  findAttempt(id: string): Attempt | undefined;
  change(at: Date, event?: PaymentsEvent): void;
}

/** Requests a refund; repeated with its id, it changes nothing. Throws RefundExceedsCapture. */
export function requestRefund(payment: RefundedPayment, id: string, amount: Money, at: Date): void {
  if (payment.refunds.some((refund) => refund.id === id)) return;
  const attempt = payment.attempts.find(({ status }) => status === 'captured');
  const refundable = attempt?.refundable ?? Money.of(0n, amount.currency);
  if (!attempt || amount.thousandths > refundable.thousandths) throw new RefundExceedsCapture(amount, refundable);
  promise(payment, Refund.request(id, attempt, amount, at), attempt, at);
}

/** Requests all that is left of an attempt. */
export function refundAttempt(payment: RefundedPayment, attempt: Attempt, at: Date): void {
  const { refundable } = attempt;
  if (refundable.thousandths > 0n) promise(payment, Refund.request(newId(), attempt, refundable, at), attempt, at);
}

/** Requests a failed refund once more. Throws RefundNotFailed. */
export function retryRefund(payment: RefundedPayment, refund: Refund, at: Date): void {
  if (refund.status !== 'failed' || refund.isForeign) throw new RefundNotFailed(refund.status);
  refund.retry(at);
  payment.change(at, eventsOf(payment).refundRequested(refund));
}

/** Follows the provider's state of a refund. */
export function followRefund(payment: RefundedPayment, refund: Refund, state: RefundState, at: Date): Verdict {
  const wasSent = refund.status === 'succeeded';
  if (!refund.follow(state, at)) return 'ignored';
  if (refund.isForeign && refund.status === 'failed') payment.findAttempt(refund.attemptId)?.release(refund.amount);
  report(payment, refund, at, wasSent);
  return 'applied';
}

/**
 * Follows a refund that the provider reports by a webhook. One that was begun at the provider is recorded, a failed one
 * too, so that an older report of it changes nothing. Where it takes money that a refund of ours has promised but not
 * sent, it covers that refund. Throws PaymentNotCaptured.
 */
export function receiveRefund(payment: RefundedPayment, attempt: Attempt, notice: RefundNotice, at: Date): Verdict {
  const known = payment.refunds.find((refund) => refund.isMeantBy(notice));
  if (known) return followRefund(payment, known, notice, at);
  if (notice.key) return 'ignored';
  if (!attempt.isCaptured) throw new PaymentNotCaptured();
  const amount = least(notice.amount, attempt.refundable);
  if (amount.thousandths > 0n) {
    const refund = Refund.request(newId(), attempt, amount, at, true);
    attempt.promise(amount);
    payment.refunds.push(refund);
    payment.change(at);
    followRefund(payment, refund, notice, at);
  }
  const rest = notice.status === 'failed' ? 0n : notice.amount.thousandths - amount.thousandths;
  return rest === 0n || cover(payment, attempt, rest, notice.reference, at) ? 'applied' : 'amount-mismatch';
}

/**
 * Records what the provider's sum of refunds has beyond ours: refunds that were begun there. A sum that has those which
 * failed meanwhile is older than their failure.
 */
export function receiveRefundTotal(payment: RefundedPayment, attempt: Attempt, total: Money, at: Date): Verdict {
  const sumOf = (counts: (refund: Refund) => boolean) =>
    payment.refunds
      .filter((refund) => refund.attemptId === attempt.id && counts(refund))
      .reduce((sum, { amount }) => sum + amount.thousandths, 0n);
  const known = sumOf(({ status }) => status !== 'failed');
  const failed = sumOf(({ status, isForeign }) => status === 'failed' && isForeign);
  if (total.thousandths <= known || total.thousandths === known + failed) return 'ignored';
  const amount = Money.of(total.thousandths - known, total.currency);
  return receiveRefund(payment, attempt, { status: 'succeeded', reference: null, amount }, at);
}

function promise(payment: RefundedPayment, refund: Refund, attempt: Attempt, at: Date): void {
  attempt.promise(refund.amount);
  payment.refunds.push(refund);
  payment.change(at, eventsOf(payment).refundRequested(refund));
}

/** Marks refunds of ours as sent that money of a refund at the provider covers; false when some of it covers none. */
function cover(payment: RefundedPayment, attempt: Attempt, rest: bigint, reference: string | null, at: Date): boolean {
  for (const refund of payment.refunds) {
    const isUnsent = !refund.isForeign && (refund.status === 'requested' || refund.status === 'failed');
    if (refund.attemptId !== attempt.id || !isUnsent || refund.amount.thousandths > rest) continue;
    rest -= refund.amount.thousandths;
    refund.cover(reference, at);
    report(payment, refund, at);
  }
  return rest === 0n;
}

function report(payment: RefundedPayment, refund: Refund, at: Date, wasSent = false): void {
  const { refunded, refundFailed } = eventsOf(payment);
  if (refund.status === 'succeeded') payment.change(at, refunded(refund));
  else if (refund.status === 'failed') payment.change(at, refundFailed(refund, wasSent));
  else payment.change(at);
}

const least = (a: Money, b: Money): Money => (a.thousandths < b.thousandths ? a : b);
