import { Injectable } from '@nestjs/common';
import type { OrderPlaced } from '@holdfast/contracts';
import { Clock, Money } from '@holdfast/shared-kernel';
import { EventLog, HttpProblem, OutboxRelay, UnitOfWork } from '@holdfast/platform';
import { Payment } from '../domain/payment';
import { PaymentRepository } from '../domain/payment.repository';
import { type Notice, PaymentProviders } from '../domain/payment-provider';
import { PaymentNotFound } from '../domain/payments.errors';
import type { Verdict } from '../domain/webhook-event';

/** `unknown`: of a type that we have no use for. */
export type Receipt = Verdict | 'duplicate' | 'unknown';

/** Believes providers, once and only when they sign. */
@Injectable()
export class PaymentWebhooks {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly log: EventLog,
    private readonly relay: OutboxRelay,
    private readonly clock: Clock,
  ) {}

  /** Throws 401, 400 (see {@link PaymentProvider.readNotice}), PaymentProviderUnknown or PaymentNotFound, and then keeps nothing. */
  async receive(providerName: string, body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Receipt> {
    const provider = this.providers.named(providerName);
    const notice = provider.readNotice(body, headers);
    if (!notice) return 'unknown';
    const { paymentId, receipt } = await this.apply(provider.name, notice);
    if (receipt === 'applied') await this.relay.deliverAtOnce(paymentId); // the order need not wait for a worker
    return receipt;
  }

  @UnitOfWork()
  private async apply(provider: string, notice: Notice): Promise<{ paymentId: string; receipt: Receipt }> {
    const payment = await this.paymentOf(notice);
    if (await this.payments.hasSeen(provider, notice.id)) return { paymentId: payment.id, receipt: 'duplicate' };
    const at = this.clock.now();
    const attempt =
      (notice.key !== undefined && payment.attempt(notice.key)) ||
      (payment.liveAttempt ?? payment.attempts.at(-1) ?? payment.attemptWith(provider, at));
    return { paymentId: payment.id, receipt: payment.receive(provider, notice, attempt, at) };
  }

  private async paymentOf({ key, orderId }: Notice): Promise<Payment> {
    const payment =
      (key !== undefined && (await this.payments.lockByAttempt(key))) ||
      (orderId !== undefined && ((await this.payments.lockOf(orderId)) ?? (await this.openFromLog(orderId))));
    if (!payment) throw new PaymentNotFound();
    return payment;
  }

  /** The provider was faster than our worker: what it has not come to yet is read in the log. */
  private async openFromLog(orderId: string): Promise<Payment | undefined> {
    const events = await this.log.of(orderId);
    const placed = events.find((event): event is OrderPlaced => event.type === 'ordering.order-placed');
    const total = placed && Money.parse(placed.total);
    if (!total?.thousandths) return undefined;
    const payment = Payment.open(orderId, total, this.clock.now());
    if (events.some(({ type }) => type === 'ordering.order-canceled')) payment.cancel(this.clock.now());
    this.payments.add(payment);
    return payment;
  }
}

export class WebhookSignatureInvalid extends HttpProblem {
  constructor() {
    const detail = 'The webhook is not signed by one of our secrets, or its timestamp is not of now.';
    super(401, 'webhook-signature-invalid', detail, {}, { 'www-authenticate': 'HMAC-SHA256' });
  }
}
