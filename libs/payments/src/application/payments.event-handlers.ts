import { Injectable } from '@nestjs/common';
import type { OrderCanceled, OrderPlaced, PaymentRefundRequested, RefundRequested } from '@holdfast/contracts';
import { type EventMeta, OnEvent } from '@holdfast/platform';
import { PaymentCollection } from './payment-collection.service';
import { PaymentRefunds } from './payment-refunds.service';

/** What payments react to. Those that call a provider run outside, and are repeatable under its idempotency keys. */
@Injectable()
export class PaymentsEventHandlers {
  constructor(
    private readonly collection: PaymentCollection,
    private readonly refunds: PaymentRefunds,
  ) {}

  @OnEvent('ordering.order-placed', { outside: true })
  async collect({ orderId, total }: OrderPlaced, { isLastTry }: EventMeta): Promise<void> {
    await this.collection.collect(orderId, total, isLastTry);
  }

  @OnEvent('ordering.order-canceled', { outside: true })
  async cancel({ orderId }: OrderCanceled): Promise<void> {
    await this.collection.cancel(orderId);
  }

  @OnEvent('ordering.refund-requested')
  async requestRefund(event: RefundRequested): Promise<void> {
    await this.refunds.request(event);
  }

  @OnEvent('payments.refund-requested', { outside: true })
  async sendRefund({ paymentId, refundId }: PaymentRefundRequested): Promise<void> {
    await this.refunds.send(paymentId, refundId);
  }
}
