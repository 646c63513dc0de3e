import { Money, newId } from '@holdfast/shared-kernel';
import type { ChargeState } from './payment-provider';

/**
 * started → accepted → captured, or declined, or voided, at one provider. Refused: it never had it, and may be asked
 * again. Late: captured when nobody wanted it any more.
 */
export type AttemptStatus = 'started' | 'accepted' | 'captured' | 'declined' | 'voided' | 'refused' | 'late';

const LIVE: readonly AttemptStatus[] = ['started', 'accepted', 'captured'];
const MAY_STILL_CAPTURE: readonly AttemptStatus[] = ['started', 'accepted', 'declined'];

/** One try to be paid, with one provider. Its id is the provider's idempotency key, the same on every repetition. */
export class Attempt {
  readonly id!: string;
  readonly paymentId!: string;
  readonly provider!: string;
  readonly status!: AttemptStatus;
  readonly reference!: string | null;
  private readonly capturedThousandths!: bigint;
  /** Promised back; the refunds say which of it the provider has sent. */
  private readonly refundedThousandths!: bigint;
  private readonly currency!: string;
  readonly startedAt!: Date;

  static start(paymentId: string, provider: string, currency: string, at: Date): Attempt {
    const money = { capturedThousandths: 0n, refundedThousandths: 0n, currency };
    return Object.assign(new Attempt(), {
      ...{ id: newId(), paymentId, provider, status: 'started', reference: null, startedAt: at },
      ...money,
    });
  }

  get isLive(): boolean {
    return LIVE.includes(this.status);
  }

  get isUndecided(): boolean {
    return this.status === 'started' || this.status === 'accepted';
  }

  /** At some providers even a declined charge can be tried once more by the customer. */
  get mayStillCapture(): boolean {
    return MAY_STILL_CAPTURE.includes(this.status);
  }

  get isCaptured(): boolean {
    return this.status === 'captured' || this.status === 'late';
  }

  get refundable(): Money {
    return Money.of(this.capturedThousandths - this.refundedThousandths, this.currency);
  }

  become(status: AttemptStatus, { reference }: Partial<ChargeState> = {}): void {
    Object.assign(this, { status, reference: reference ?? this.reference });
  }

  capture(status: 'captured' | 'late', amount: Money, state: ChargeState): void {
    this.become(status, state);
    Object.assign(this, { capturedThousandths: amount.thousandths });
  }

  giveBack(amount: Money): void {
    Object.assign(this, { refundedThousandths: this.refundedThousandths + amount.thousandths });
  }
}
