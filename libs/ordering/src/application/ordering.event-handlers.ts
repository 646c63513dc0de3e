import { Injectable } from '@nestjs/common';
import type {
  AccountClosed,
  PaymentCaptured,
  PaymentDisputed,
  PaymentFailed,
  PaymentRefunded,
  PaymentRefundFailed,
  PaymentStarted,
} from '@holdfast/contracts';
import { OnEvent } from '@holdfast/platform';
import { CustomerOrders } from './order-cancellation.service';
import { OrderPayment } from './order-payment.service';

/** The events that ordering reacts to. */
@Injectable()
export class OrderingEventHandlers {
  constructor(
    private readonly payment: OrderPayment,
    private readonly customers: CustomerOrders,
  ) {}

  @OnEvent('identity.account-closed')
  async erase({ customerId }: AccountClosed): Promise<void> {
    await this.customers.erase(customerId);
  }

  @OnEvent('payments.payment-started')
  async awaitPayment(event: PaymentStarted): Promise<void> {
    await this.payment.started(event);
  }

  @OnEvent('payments.payment-captured')
  async markPaid(event: PaymentCaptured): Promise<void> {
    await this.payment.captured(event);
  }

  @OnEvent('payments.payment-failed')
  async cancel(event: PaymentFailed): Promise<void> {
    await this.payment.failed(event);
  }

  @OnEvent('payments.payment-refunded')
  async settleRefund(event: PaymentRefunded): Promise<void> {
    await this.payment.refunded(event);
  }

  @OnEvent('payments.refund-failed')
  async failRefund(event: PaymentRefundFailed): Promise<void> {
    await this.payment.refundFailed(event);
  }

  @OnEvent('payments.payment-disputed')
  async dispute(event: PaymentDisputed): Promise<void> {
    await this.payment.disputed(event);
  }
}
