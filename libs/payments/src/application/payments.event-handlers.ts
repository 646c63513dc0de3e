import { Injectable } from '@nestjs/common';
import type { OrderCanceled, OrderPlaced, PaymentRefundRequested, RefundRequested } from '@holdfast/contracts';
import { type EventMeta, log, OnEvent } from '@holdfast/platform';
import { CircuitOpen } from '../domain/payment-provider';
import { PaymentCollection } from './payment-collection.service';
import { PaymentReconciliation } from './payment-reconciliation.service';
import { PaymentRefunds } from './payment-refunds.service';

/**
 * The events that payments react to. Those that call a provider run outside a unit of work, and are repeatable under
 * the provider's idempotency keys. None of them ends as a dead letter: what fails is left to the reconciliation.
 */
@Injectable()
export class PaymentsEventHandlers {
  constructor(
    private readonly collection: PaymentCollection,
    private readonly refunds: PaymentRefunds,
    private readonly reconciliation: PaymentReconciliation,
  ) {}

  @OnEvent('ordering.order-placed', { outside: true })
  async collect(placed: OrderPlaced, meta: EventMeta): Promise<void> {
    await this.nowOrLater(placed.orderId, meta, () => this.collection.collect(placed, meta.isLastTry));
  }

  @OnEvent('ordering.order-canceled', { outside: true })
  async cancel({ orderId }: OrderCanceled, meta: EventMeta): Promise<void> {
    await this.nowOrLater(orderId, meta, () => this.collection.cancel(orderId));
  }

  @OnEvent('ordering.refund-requested')
  async requestRefund(event: RefundRequested): Promise<void> {
    await this.refunds.request(event);
  }

  @OnEvent('payments.refund-requested', { outside: true })
  async sendRefund({ orderId }: PaymentRefundRequested, meta: EventMeta): Promise<void> {
    await this.nowOrLater(orderId, meta, () => this.refunds.send(orderId));
  }

  /** An open circuit is no attempt of an event: its call is left to the reconciliation, as after the last try. */
  private async nowOrLater(orderId: string, { isLastTry }: EventMeta, call: () => Promise<unknown>): Promise<void> {
    await call().catch(async (error: Error) => {
      const isCircuitOpen = error instanceof CircuitOpen || error.cause instanceof CircuitOpen;
      if (!isLastTry && !isCircuitOpen) throw error;
      log.warn({ err: error, orderId }, 'a call to a payment provider is left to the reconciliation');
      await this.reconciliation.expedite(orderId);
    });
  }
}
