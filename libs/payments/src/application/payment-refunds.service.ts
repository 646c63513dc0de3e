import { Injectable } from '@nestjs/common';
import type { RefundRequested } from '@holdfast/contracts';
import { Clock, Money } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { PaymentRepository } from '../domain/payment.repository';
import { PaymentProviders, type RefundOrder } from '../domain/payment-provider';

/** Sends money back: the intent first, then the call under the refund's own key, then the result. */
@Injectable()
export class PaymentRefunds {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly clock: Clock,
  ) {}

  /** An admin gives money back. Throws RefundExceedsCapture. */
  @UnitOfWork()
  async request({ orderId, refundId, amount }: RefundRequested): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    payment?.refund(refundId, Money.parse(amount), this.clock.now());
  }

  /** Has the provider send what was requested, once. */
  async send(paymentId: string, refundId: string): Promise<void> {
    const refund = await this.unsent(paymentId, refundId);
    if (!refund) return;
    await this.providers.named(refund.charge.provider).refund(refund);
    await this.settle(paymentId, refundId);
  }

  @UnitOfWork()
  private async unsent(paymentId: string, refundId: string): Promise<RefundOrder | undefined> {
    const payment = await this.payments.lock(paymentId);
    const refund = payment.refunds.find(({ id, sentAt }) => id === refundId && !sentAt);
    const attempt = refund && payment.attempt(refund.attemptId);
    return attempt && { key: refund.id, charge: payment.chargeOf(attempt), amount: refund.amount };
  }

  @UnitOfWork()
  private async settle(paymentId: string, refundId: string): Promise<void> {
    const payment = await this.payments.lock(paymentId);
    const refund = payment.refunds.find(({ id }) => id === refundId);
    if (refund) payment.settle(refund, this.clock.now());
  }
}
