import { Injectable } from '@nestjs/common';
import { log, UnitOfWork } from '@holdfast/platform';
import { PaymentsSettings } from '../payments.settings';
import { type Charge, PaymentProviders } from '../domain/payment-provider';
import { PaymentRepository } from '../domain/payment.repository';
import { PaymentCollection } from './payment-collection.service';

const AT_MOST = 100;

/** Finds the payments that fell between two stools, whatever the reason, and settles them with the provider. */
@Injectable()
export class PaymentReconciliation {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly collection: PaymentCollection,
    private readonly settings: PaymentsSettings,
  ) {}

  /** Returns how many it looked after. One that cannot be settled now is left to the next time. */
  async reconcile(): Promise<number> {
    const { silent, canceled } = await this.orphans();
    for (const orderId of silent) await this.noLouderThanAWarning(orderId, () => this.settle(orderId));
    for (const orderId of canceled) await this.noLouderThanAWarning(orderId, () => this.collection.cancel(orderId));
    return silent.length + canceled.length;
  }

  /** Attempts without an answer are offered again, pending ones asked about, ended ones voided; what nobody takes has failed. */
  private async settle(orderId: string): Promise<void> {
    await this.collection.offer(orderId, true);
    await this.inquire(orderId);
    await this.collection.voidUnwanted(orderId);
  }

  /** Asks the provider what has become of a payment of which nothing was heard. */
  private async inquire(orderId: string): Promise<void> {
    const charge = await this.pendingCharge(orderId);
    if (!charge) return;
    const state = await this.providers.named(charge.provider).ask(charge);
    if (state) await this.collection.learn(charge, state);
  }

  @UnitOfWork()
  private async pendingCharge(orderId: string): Promise<Charge | undefined> {
    const payment = await this.payments.lockOf(orderId);
    const attempt = payment?.status === 'pending' ? payment.liveAttempt : undefined;
    return attempt && payment?.chargeOf(attempt);
  }

  @UnitOfWork()
  private async orphans(): Promise<{ silent: string[]; canceled: string[] }> {
    const patience = this.settings.PAYMENT_RECONCILE_AFTER;
    return {
      silent: await this.payments.ordersWithoutNews(patience, AT_MOST),
      canceled: await this.payments.ordersCanceledUnheard(patience, AT_MOST),
    };
  }

  private async noLouderThanAWarning(orderId: string, settle: () => Promise<void>): Promise<void> {
    await settle().catch((error: unknown) => log.warn({ err: error, orderId }, 'a payment could not be reconciled'));
  }
}
