import { AggregateRoot, assign, Money, newId } from '@holdfast/shared-kernel';
import type { PaymentsEvent } from '@holdfast/contracts';
import { Attempt, type Verdict, type WebhookEvent } from './attempt';
import { eventsOf } from './payment.events';
import type { ChargeState, DisputeNotice } from './payment-provider';
import { type Refund, refundAttempt } from './refund';

export type PaymentStatus = 'open' | 'pending' | 'captured' | 'failed' | 'canceled';

/**
 * open → pending (a provider has it) → captured, or failed, or canceled with its order.
 *
 * - At most one attempt is live at a time; only after a refusal or a void does another provider get the next.
 * - Providers may report late, twice or out of order: a payment only moves forward.
 * - A failed attempt of the customer ends nothing; only the end of the charge fails the payment.
 * - It is captured by exactly its amount. Money for a payment that has ended is refunded in full, whatever its amount.
 * - Refunds never exceed captures, those that were begun at the provider included.
 */
export class Payment extends AggregateRoot<PaymentsEvent> {
  readonly orderId!: string;
  readonly status!: PaymentStatus;
  private amountThousandths!: bigint;
  private currency!: string;
  /** When a worker began with it: the time to bring it to a provider counts from here. */
  readonly openedAt!: Date;
  /** When the first provider took it on: the time to pay counts from here. */
  readonly acceptedAt!: Date | null;
  readonly disputeStatus!: DisputeNotice['status'] | null;
  readonly disputeReference!: string | null;
  /** The last news or inquiry; the next inquiry follows after PAYMENT_RECONCILE_AFTER × 2^backoff. */
  readonly checkedAt!: Date;
  readonly backoff!: number;
  readonly attempts: Attempt[] = [];
  readonly refunds: Refund[] = [];
  /** Only those that this unit of work adds. */
  readonly webhookEvents: WebhookEvent[] = [];

  private constructor() {
    super();
  }

  static open(orderId: string, amount: Money, at: Date): Payment {
    const payment = new Payment();
    payment.amountThousandths = amount.thousandths;
    payment.currency = amount.currency;
    assign<Payment>(payment, { id: newId(), orderId, status: 'open', openedAt: at, acceptedAt: null, updatedAt: at });
    assign<Payment>(payment, { disputeStatus: null, disputeReference: null, checkedAt: at, backoff: 0 });
    return payment;
  }

  get amount(): Money {
    return Money.of(this.amountThousandths, this.currency);
  }

  get isUndecided(): boolean {
    return this.status === 'open' || this.status === 'pending';
  }

  get liveAttempt(): Attempt | undefined {
    return this.attempts.find(({ isLive }) => isLive);
  }

  /** Attempts that may still charge the customer although the payment has ended. */
  get toVoid(): Attempt[] {
    return this.isUndecided ? [] : this.attempts.filter(({ mayStillCapture }) => mayStillCapture);
  }

  findAttempt(id: string | undefined): Attempt | undefined {
    return this.attempts.find((attempt) => attempt.id === id);
  }

  /** The live attempt, or one with this provider. */
  attemptWith(provider: string, at: Date): Attempt {
    const attempt = this.liveAttempt ?? Attempt.with(this, provider, at);
    this.change(at);
    return attempt;
  }

  /** Ends an attempt that its provider does not have and never will: another provider may be asked. */
  giveUp(attempt: Attempt, status: 'refused' | 'voided', at: Date): void {
    if (!attempt.isUndecided) return;
    attempt.become(status);
    this.change(at, undefined, this.status === 'pending' ? 'open' : this.status);
  }

  /** Follows the provider's state of an attempt, which an answer or a webhook gave. */
  follow(attempt: Attempt, state: ChargeState, at: Date): Verdict {
    const step = attempt.follow(state, this.amount, this.isUndecided);
    if (!step || step === 'amount-mismatch') return step ?? 'ignored';
    switch (step) {
      case 'accepted':
        assign<Payment>(this, { acceptedAt: this.acceptedAt ?? at });
        this.change(at, eventsOf(this).started(attempt, state), 'pending');
        break;
      case 'captured':
        this.change(at, eventsOf(this).captured(attempt), 'captured');
        break;
      case 'late':
        refundAttempt(this, attempt, at);
        break;
      default:
        this.change(at);
        if (this.isUndecided && !this.liveAttempt)
          this.change(at, eventsOf(this).failed(state.reason ?? step), 'failed');
    }
    return 'applied';
  }

  /** The customer's attempt failed; the charge lives on. */
  failAttempt(attempt: Attempt, reason: string, at: Date): Verdict {
    if (!this.isUndecided || !attempt.isUndecided) return 'ignored';
    this.change(at, eventsOf(this).attemptFailed(attempt, reason));
    return 'applied';
  }

  /**
   * Ends a payment that no provider took on. An attempt of unknown effect may be left: it is voided, or its money is
   * refunded, as soon as its provider can be asked again.
   */
  failUnstarted(reason: string, at: Date): void {
    if (this.status === 'open') this.change(at, eventsOf(this).failed(reason), 'failed');
  }

  /** Follows a canceled order: nothing may be charged any more, and what was captured is refunded. */
  cancel(at: Date): void {
    if (this.isUndecided) this.change(at, undefined, 'canceled');
    for (const attempt of this.attempts) refundAttempt(this, attempt, at);
  }

  /** Follows the dispute of a customer's bank; a dispute that is decided stays so. */
  dispute({ reference, status }: DisputeNotice, at: Date): Verdict {
    const isKnown = this.disputeReference === reference;
    if (isKnown && (this.disputeStatus !== 'open' || status === 'open')) return 'ignored';
    assign<Payment>(this, { disputeReference: reference, disputeStatus: status });
    this.change(at, eventsOf(this).disputed(status));
    return 'applied';
  }

  /** An inquiry brought nothing new. */
  noteInquiry(backoff: number, at: Date): void {
    this.changed(at);
    assign<Payment>(this, { backoff });
  }

  /** Called by every change of the payment and, from attempt.ts and refunds.ts, of its parts. */
  change(at: Date, event?: PaymentsEvent, status = this.status): void {
    assign<Payment>(this, { status });
    this.changed(at);
    assign<Payment>(this, { checkedAt: this.updatedAt, backoff: 0 });
    if (event) this.record(event);
  }
}
