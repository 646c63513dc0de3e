import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { log, OutboxRelay, UnitOfWork } from '@holdfast/platform';
import type { Payment } from '../domain/payment';
import { PaymentRepository } from '../domain/payment.repository';
import { type Charge, type Notice, type PaymentProvider, PaymentProviders } from '../domain/payment-provider';
import { PaymentNotFound, PaymentProviderUnknown } from '../domain/payments.errors';
import { type Attempt, type Verdict, WebhookEvent } from '../domain/attempt';
import { receiveRefund, receiveRefundTotal } from '../domain/refund';
import { PaymentCollection } from './payment-collection.service';
import { PaymentReconciliation } from './payment-reconciliation.service';

/** `unknown`: an event of a type that is not used. */
export type Receipt = Verdict | 'duplicate' | 'unknown';

/** Applies what providers report by webhooks: only when it is signed, and each event once. */
@Injectable()
export class PaymentWebhooks {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly collection: PaymentCollection,
    private readonly reconciliation: PaymentReconciliation,
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
    const read = await provider.readNotice(body, headers);
    const notice = read?.news.about === 'approval' ? await this.settle(provider, read) : read;
    if (!notice) return read ? 'ignored' : 'unknown';
    const { paymentId, receipt } = await this.apply(provider.name, notice);
    if (receipt === 'applied') await this.relay.deliverAtOnce(paymentId); // the order does not wait for a worker
    return receipt;
  }

  /**
   * Asks the provider about an approved charge, which captures it, and reports the answer as the webhook's news;
   * undefined when nothing is to be captured. What cannot be asked now is left to the reconciliation.
   */
  private async settle(provider: PaymentProvider, notice: Notice): Promise<Notice | undefined> {
    const charge = await this.chargeToCapture(provider.name, notice);
    if (!charge) return undefined;
    try {
      const state = await provider.ask(charge);
      if (!state) return undefined;
      const { reason } = state;
      const isFailed = state.status === 'pending' && reason !== undefined;
      return { ...notice, news: isFailed ? { about: 'attempt-failed', state, reason } : { about: 'charge', state } };
    } catch (error) {
      log.warn({ err: error, orderId: charge.orderId }, 'a payment cannot be captured now: a later round tries again');
      await this.reconciliation.expedite(charge.orderId);
      return undefined;
    }
  }

  /** The approved charge, unless its payment has ended or is with another provider. */
  @UnitOfWork()
  private async chargeToCapture(provider: string, notice: Notice): Promise<Charge | undefined> {
    const payment = await this.getPayment(provider, notice);
    const { liveAttempt: live } = payment;
    const isMeant = live?.provider === provider && (live.id === notice.key || live.reference === notice.reference);
    if (!payment.isUndecided || !isMeant) return undefined;
    return { ...live.chargeOf(payment), reference: live.reference ?? notice.reference ?? null };
  }

  @UnitOfWork({ grouped: true })
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
    case 'approval': // Its charge has been asked about instead.
      return 'ignored';
  }
}
