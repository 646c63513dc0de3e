import { Money } from '@holdfast/shared-kernel';

/** requested → sent. Its id is the provider's idempotency key. */
export class Refund {
  readonly id!: string;
  readonly paymentId!: string;
  readonly attemptId!: string;
  private readonly amountThousandths!: bigint;
  private readonly currency!: string;
  readonly requestedAt!: Date;
  readonly sentAt!: Date | null;

  static request(id: string, paymentId: string, attemptId: string, amount: Money, at: Date): Refund {
    const money = { amountThousandths: amount.thousandths, currency: amount.currency };
    return Object.assign(new Refund(), { id, paymentId, attemptId, ...money, requestedAt: at, sentAt: null });
  }

  get amount(): Money {
    return Money.of(this.amountThousandths, this.currency);
  }

  send(at: Date): void {
    Object.assign(this, { sentAt: at });
  }
}
