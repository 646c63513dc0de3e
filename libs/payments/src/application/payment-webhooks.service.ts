import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { OutboxRelay, UnitOfWork } from '@holdfast/platform';
import type { Payment } from '../domain/payment';
import { PaymentRepository } from '../domain/payment.repository';
import { type Notice, PaymentProviders } from '../domain/payment-provider';
import { PaymentNotFound, PaymentProviderUnknown } from '../domain/payments.errors';
import type { Attempt } from '../domain/attempt';
import { receiveRefund, receiveRefundTotal } from '../domain/refund';
import { type Verdict, WebhookEvent } from '../domain/webhook-event';
import { PaymentCollection } from './payment-collection.service';

/** `unknown`: an event of a type that is not used. */
export type Receipt = Verdict | 'duplicate' | 'unknown';

/** Applies what providers report by webhooks: only when it is signed, and each event once. */
@Injectable()
export class PaymentWebhooks {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly collection: PaymentCollection,
    private readonly relay: OutboxRelay,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws PaymentProviderUnknown, WebhookSignatureInvalid, WebhookMalformed, PaymentNotFound or PaymentNotCaptured,
   * and then keeps nothing.
   */
  async receive(providerName: string, body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Receipt> {
    const provider = this.providers.named(providerName);
    if (!provider.hasWebhooks) throw new PaymentProviderUnknown(providerName);
    const notice = await provider.readNotice(body, headers);
    if (!notice) return 'unknown';
    const { paymentId, receipt } = await this.apply(provider.name, notice);
    if (receipt === 'applied') await this.relay.deliverAtOnce(paymentId); // the order does not wait for a worker
    return receipt;
  }

  @UnitOfWork()
  private async apply(provider: string, notice: Notice): Promise<{ paymentId: string; receipt: Receipt }> {
    const payment = await this.getPayment(provider, notice);
    if (await this.payments.hasSeen(provider, notice.id)) return { paymentId: payment.id, receipt: 'duplicate' };
    const at = this.clock.now();
    const attempt =
      payment.findAttempt(notice.key) ??
      payment.attempts.find((each) => each.provider === provider && each.reference === notice.reference) ??
      payment.liveAttempt ??
      payment.attempts.at(-1) ??
      payment.attemptWith(provider, at);
    return { paymentId: payment.id, receipt: receiveNotice(payment, provider, notice, attempt, at) };
  }

  /** A provider may be faster than our worker: a payment that is not opened yet is opened from the event log. */
  private async getPayment(provider: string, { key, reference, orderId }: Notice): Promise<Payment> {
    const payment =
      (key !== undefined && (await this.payments.lockByAttempt(key))) ||
      (reference !== undefined && (await this.payments.lockByReference(provider, reference))) ||
      (orderId !== undefined && (await this.collection.findOrOpen(orderId)));
    if (!payment) throw new PaymentNotFound();
    return payment;
  }
}

/** Applies a webhook to its payment and keeps it. Throws PaymentNotCaptured for a refund that precedes its charge. */
function receiveNotice(payment: Payment, provider: string, notice: Notice, attempt: Attempt, at: Date): Verdict {
  const verdict = apply(payment, notice.news, attempt, at);
  payment.webhookEvents.push(WebhookEvent.of(provider, notice, attempt, verdict, at));
  return verdict;
}

function apply(payment: Payment, news: Notice['news'], attempt: Attempt, at: Date): Verdict {
  switch (news.about) {
    case 'charge':
      return payment.follow(attempt, news.state, at);
    case 'attempt-failed': {
      const verdict = payment.follow(attempt, news.state, at);
      return payment.failAttempt(attempt, news.reason, at) === 'applied' ? 'applied' : verdict;
    }
    case 'refund':
      return receiveRefund(payment, attempt, news.refund, at);
    case 'refund-total':
      return receiveRefundTotal(payment, attempt, news.total, at);
    case 'dispute':
      return payment.dispute(news.dispute, at);
  }
}
