import { assign, Money, newId } from '@holdfast/shared-kernel';
import type { Charge, ChargeState, Notice } from './payment-provider';

/**
 * started → accepted → captured, declined or voided, at one provider. `refused`: the provider does not have the charge,
 * and may be asked again. `late`: captured when the payment had ended already.
 */
export type AttemptStatus = 'started' | 'accepted' | 'captured' | 'declined' | 'voided' | 'refused' | 'late';

const LIVE: readonly AttemptStatus[] = ['started', 'accepted', 'captured'];
const MAY_STILL_CAPTURE: readonly AttemptStatus[] = ['started', 'accepted', 'declined'];

/** One try to collect a payment at one provider. Its id is the provider's idempotency key, the same in every call. */
export class Attempt {
  readonly id!: string;
  readonly paymentId!: string;
  readonly provider!: string;
  readonly status!: AttemptStatus;
  readonly reference!: string | null;
  private capturedThousandths!: bigint;
  /** Promised back; the refunds record what the provider has sent of it. */
  private refundedThousandths!: bigint;
  private currency!: string;
  readonly startedAt!: Date;

  /** Adds an attempt. A provider that refused before is asked again under the same key. */
  static with(payment: { id: string; amount: Money; attempts: Attempt[] }, provider: string, at: Date): Attempt {
    const refused = payment.attempts.find((each) => each.provider === provider && each.status === 'refused');
    if (refused) {
      refused.become('started');
      return refused;
    }
    const attempt = new Attempt();
    const { id: paymentId, amount } = payment;
    assign<Attempt>(attempt, { id: newId(), paymentId, provider, status: 'started', reference: null, startedAt: at });
    attempt.capturedThousandths = attempt.refundedThousandths = 0n;
    attempt.currency = amount.currency;
    payment.attempts.push(attempt);
    return attempt;
  }

  get isLive(): boolean {
    return LIVE.includes(this.status);
  }

  get isUndecided(): boolean {
    return this.status === 'started' || this.status === 'accepted';
  }

  /** A declined charge counts: some providers let the customer try it once more. */
  get mayStillCapture(): boolean {
    return MAY_STILL_CAPTURE.includes(this.status);
  }

  get isCaptured(): boolean {
    return this.status === 'captured' || this.status === 'late';
  }

  get captured(): Money {
    return Money.of(this.capturedThousandths, this.currency);
  }

  get refundable(): Money {
    return Money.of(this.capturedThousandths - this.refundedThousandths, this.currency);
  }

  chargeOf({ orderId, amount }: { orderId: string; amount: Money }): Charge {
    const { id: key, provider, reference } = this;
    return { key, provider, reference, orderId, amount };
  }

  /**
   * Follows the provider's state of the charge and returns the new status; undefined when nothing is new. Money for a
   * payment that has ended (`isDue` is false) is late, whatever its amount.
   */
  follow(state: ChargeState, amount: Money, isDue: boolean): AttemptStatus | 'amount-mismatch' | undefined {
    switch (state.status) {
      case 'pending':
      case 'processing':
        return this.status === 'started' && isDue ? this.become('accepted', state) : undefined;
      case 'captured':
        return this.isCaptured ? undefined : this.capture(state, amount, isDue && this.isLive);
      default:
        return this.mayStillCapture && this.status !== state.status ? this.become(state.status, state) : undefined;
    }
  }

  become(status: AttemptStatus, { reference }: Partial<ChargeState> = {}): AttemptStatus {
    assign<Attempt>(this, { status, reference: reference ?? this.reference });
    return status;
  }

  /** Promises money back. */
  promise({ thousandths }: Money): void {
    this.refundedThousandths += thousandths;
  }

  /** Takes a promise back: that refund will not happen. */
  release({ thousandths }: Money): void {
    this.refundedThousandths -= thousandths;
  }

  private capture(state: ChargeState, amount: Money, isDue: boolean): AttemptStatus | 'amount-mismatch' {
    const captured = state.captured ?? amount;
    if (isDue && !captured.equals(amount)) return 'amount-mismatch';
    this.capturedThousandths = captured.thousandths;
    return this.become(isDue ? 'captured' : 'late', state);
  }
}

/** `amount-mismatch`: the captured amount is not the requested one; an admin has to look at it. */
export type Verdict = 'applied' | 'ignored' | 'amount-mismatch';

/** One webhook, kept for good: no event id is applied twice. */
export class WebhookEvent {
  readonly provider!: string;
  readonly eventId!: string;
  readonly paymentId!: string;
  readonly attemptId!: string | null;
  readonly type!: string;
  readonly verdict!: Verdict;
  readonly receivedAt!: Date;

  static of(provider: string, { id, type }: Notice, attempt: Attempt, verdict: Verdict, at: Date): WebhookEvent {
    const event = new WebhookEvent();
    const { paymentId, id: attemptId } = attempt;
    assign<WebhookEvent>(event, { provider, eventId: id, paymentId, attemptId, type, verdict, receivedAt: at });
    return event;
  }
}
