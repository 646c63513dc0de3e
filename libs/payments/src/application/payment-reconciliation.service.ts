import { Injectable } from '@nestjs/common';
import { log, Settings, UnitOfWork } from '@holdfast/platform';
import { PaymentRepository } from '../domain/payment.repository';
import { NoProviderAvailable } from '../domain/payments.errors';
import { PaymentCollection } from './payment-collection.service';

const AT_MOST = 100;

/** Finds the payments that fell between two stools, whatever the reason, and settles them with the provider. */
@Injectable()
export class PaymentReconciliation {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly collection: PaymentCollection,
    private readonly settings: Settings,
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
    try {
      await this.collection.offer(orderId);
      await this.collection.inquire(orderId);
      await this.collection.voidUnwanted(orderId);
    } catch (error) {
      if (!(error instanceof NoProviderAvailable)) throw error;
      await this.collection.fail(orderId);
    }
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
