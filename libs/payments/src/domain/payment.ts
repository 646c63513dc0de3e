import { AggregateRoot, Money, newId } from '@holdfast/shared-kernel';
import type { PaymentsEvent } from '@holdfast/contracts';
import { Attempt } from './attempt';
import type { Charge, ChargeState, Notice } from './payment-provider';
import { RefundExceedsCapture } from './payments.errors';
import { Refund } from './refund';
import { type Verdict, WebhookEvent } from './webhook-event';

export type PaymentStatus = 'open' | 'pending' | 'captured' | 'failed' | 'canceled';

/**
 * open → pending (a provider has it) → captured, or failed, or canceled with its order.
 *
 * - At most one attempt is live at a time; only after a refusal or a void does another provider get the next.
 * - What providers tell may come late, twice or out of order: a payment only moves forward.
 * - It is captured by exactly its amount. Money for a payment that has ended goes back, all of it, whatever its amount.
 * - Refunds never exceed captures.
 */
export class Payment extends AggregateRoot {
  readonly orderId!: string;
  readonly status!: PaymentStatus;
  private readonly amountThousandths!: bigint;
  private readonly currency!: string;
  readonly openedAt!: Date;
  readonly attempts: Attempt[] = [];
  readonly refunds: Refund[] = [];
  /** Only what this unit of work adds. */
  readonly webhookEvents: WebhookEvent[] = [];

  private constructor() {
    super();
  }

  static open(orderId: string, amount: Money, at: Date): Payment {
    const money = { amountThousandths: amount.thousandths, currency: amount.currency };
    return Object.assign(new Payment(), {
      id: newId(),
      orderId,
      status: 'open',
      ...money,
      openedAt: at,
      updatedAt: at,
    });
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

  /** Attempts whose provider must be kept from charging, now that nobody wants it any more. */
  get toVoid(): Attempt[] {
    return this.isUndecided ? [] : this.attempts.filter(({ mayStillCapture }) => mayStillCapture);
  }

  attempt(id: string): Attempt | undefined {
    return this.attempts.find((attempt) => attempt.id === id);
  }

  chargeOf(attempt: Attempt): Charge {
    const { id: key, provider, reference } = attempt;
    return { key, provider, reference, orderId: this.orderId, amount: this.amount };
  }

  /** The live attempt, or one with this provider; where it has refused before, under the same key as then. */
  attemptWith(provider: string, at: Date): Attempt {
    const known =
      this.liveAttempt ?? this.attempts.find((each) => each.provider === provider && each.status === 'refused');
    const attempt = known ?? Attempt.start(this.id, provider, this.currency, at);
    if (!known) this.attempts.push(attempt);
    if (attempt.status === 'refused') attempt.become('started');
    this.changed(at);
    return attempt;
  }

  /** The provider does not have this attempt, and never will: another may be tried. */
  giveUp(attempt: Attempt, status: 'refused' | 'voided', at: Date): void {
    if (!attempt.isUndecided) return;
    attempt.become(status);
    this.become(this.status === 'pending' ? 'open' : this.status, at);
  }

  /** What a provider tells of an attempt, by an answer or a webhook. */
  learn(attempt: Attempt, state: ChargeState, at: Date): Verdict {
    const before = this.version;
    switch (state.status) {
      case 'pending':
        this.accept(attempt, state, at);
        break;
      case 'captured':
        if (!this.capture(attempt, state, at)) return 'amount-mismatch';
        break;
      case 'declined':
      case 'voided':
        this.lose(attempt, state, at);
    }
    return this.version > before ? 'applied' : 'ignored';
  }

  /** The same by a webhook, which is written down. */
  receive(provider: string, { id: eventId, type, state }: Notice, attempt: Attempt, at: Date): Verdict {
    const verdict = this.learn(attempt, state, at);
    const about = { paymentId: this.id, attemptId: attempt.id };
    this.webhookEvents.push(WebhookEvent.of({ provider, eventId, ...about, type, verdict, receivedAt: at }));
    return verdict;
  }

  /** Nobody would take it on. */
  fail(reason: string, at: Date): void {
    if (!this.isUndecided || this.liveAttempt) return;
    this.become('failed', at);
    this.say({ type: 'payments.payment-failed', ...this.who, reason });
  }

  /** The order is canceled: nothing may be charged any more, and what was goes back. */
  cancel(at: Date): void {
    if (this.isUndecided) this.become('canceled', at);
    for (const attempt of this.attempts) this.giveBack(newId(), attempt, attempt.refundable, at);
  }

  /** Repeated with its id, it changes nothing. */
  refund(id: string, amount: Money, at: Date): void {
    if (this.refunds.some((refund) => refund.id === id)) return;
    const attempt = this.attempts.find(({ status }) => status === 'captured');
    const refundable = attempt?.refundable ?? Money.of(0n, this.currency);
    if (!attempt || amount.thousandths > refundable.thousandths) throw new RefundExceedsCapture(amount, refundable);
    this.giveBack(id, attempt, amount, at);
  }

  /** The provider has sent it. */
  settle(refund: Refund, at: Date): void {
    if (refund.sentAt) return;
    refund.send(at);
    this.changed(at);
    const inFull =
      this.attempts.every(({ refundable }) => refundable.thousandths === 0n) &&
      this.refunds.every(({ sentAt }) => sentAt);
    this.say({
      type: 'payments.payment-refunded',
      ...this.who,
      refundId: refund.id,
      amount: refund.amount.toView(),
      inFull,
    });
  }

  /** Nothing new was heard of it; the next to be asked about is another. */
  noteSilence(at: Date): void {
    this.changed(at);
  }

  private accept(attempt: Attempt, state: ChargeState, at: Date): void {
    if (attempt.status !== 'started' || this.status !== 'open') return;
    attempt.become('accepted', state);
    this.become('pending', at);
    const secrets = { clientSecret: state.clientSecret ?? null };
    this.say({ type: 'payments.payment-started', ...this.who, provider: attempt.provider, private: secrets });
  }

  private capture(attempt: Attempt, state: ChargeState, at: Date): boolean {
    if (attempt.isCaptured) return true;
    const captured = state.captured ?? this.amount;
    if (this.isUndecided && attempt.isLive) {
      if (!captured.equals(this.amount)) return false;
      attempt.capture('captured', captured, state);
      this.become('captured', at);
      this.say({
        type: 'payments.payment-captured',
        ...this.who,
        provider: attempt.provider,
        amount: captured.toView(),
      });
    } else {
      attempt.capture('late', captured, state);
      this.giveBack(newId(), attempt, captured, at);
    }
    return true;
  }

  private lose(attempt: Attempt, state: ChargeState, at: Date): void {
    const wasLive = attempt.isUndecided;
    if (!attempt.mayStillCapture || attempt.status === state.status) return;
    attempt.become(state.status === 'voided' ? 'voided' : 'declined', state);
    this.changed(at);
    if (wasLive) this.fail(state.reason ?? state.status, at);
  }

  private giveBack(id: string, attempt: Attempt, amount: Money, at: Date): void {
    if (amount.thousandths === 0n) return;
    attempt.giveBack(amount);
    this.refunds.push(Refund.request(id, this.id, attempt.id, amount, at));
    this.changed(at);
    this.say({ type: 'payments.refund-requested', ...this.who, refundId: id, amount: amount.toView() });
  }

  private become(status: PaymentStatus, at: Date): void {
    Object.assign(this, { status });
    this.changed(at);
  }

  private get who(): { paymentId: string; orderId: string } {
    return { paymentId: this.id, orderId: this.orderId };
  }

  private say(event: PaymentsEvent): void {
    this.record(event);
  }
}
