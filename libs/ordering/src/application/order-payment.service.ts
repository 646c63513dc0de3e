import { Injectable } from '@nestjs/common';
import type {
  PaymentCaptured,
  PaymentDisputed,
  PaymentFailed,
  PaymentRefunded,
  PaymentRefundFailed,
  PaymentStarted,
} from '@holdfast/contracts';
import { StockService } from '@holdfast/catalog';
import { Clock, Money } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { OrderRepository } from '../domain/order.repository';

/**
 * Applies the events of payments to orders; late and repeated events change nothing. Locks the order, what its customer
 * has not paid, then, to put stock back, the products.
 */
@Injectable()
export class OrderPayment {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly clock: Clock,
  ) {}

  @UnitOfWork()
  async started({ orderId, provider, private: { clientSecret, approvalUrl } }: PaymentStarted): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.awaitPayment(provider, { clientSecret, approvalUrl }, this.clock.now());
  }

  @UnitOfWork()
  async captured({ orderId, provider }: PaymentCaptured): Promise<void> {
    const order = await this.orders.lock(orderId);
    const unpaid = await this.orders.lockUnpaidOf(order);
    order.pay(provider, this.clock.now());
    unpaid?.settle(order);
  }

  /** Cancels the order of a failed payment and puts its stock back, once. */
  @UnitOfWork()
  async failed({ orderId, reason }: PaymentFailed): Promise<void> {
    const order = await this.orders.lock(orderId);
    const unpaid = await this.orders.lockUnpaidOf(order);
    if (!order.failPayment(reason, this.clock.now())) return;
    unpaid?.settle(order);
    await this.stock.release(order.lines, order.id, order.customerId);
  }

  @UnitOfWork()
  async refunded({ orderId, amount, atProvider, inFull }: PaymentRefunded): Promise<void> {
    const order = await this.orders.lock(orderId);
    const { thousandths } = Money.parse(amount);
    order.settleRefund(inFull ? 'refunded' : 'partially_refunded', atProvider ? thousandths : 0n, this.clock.now());
  }

  /**
   * A failed refund of ours stays promised, and an admin can retry it; its money is not sent, so it is not shown as
   * sent. One that was begun at the provider is taken back from the sum that it was added to.
   */
  @UnitOfWork()
  async refundFailed({ orderId, amount, refunded, atProvider, wasSent }: PaymentRefundFailed): Promise<void> {
    const order = await this.orders.lock(orderId);
    const isSentInPart = Money.parse(refunded).thousandths > 0n;
    const takenBack = atProvider && wasSent ? Money.parse(amount).thousandths : 0n;
    order.settleRefund(isSentInPart ? 'partially_refunded' : 'captured', -takenBack, this.clock.now());
  }

  @UnitOfWork()
  async disputed({ orderId, status }: PaymentDisputed): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.dispute(status !== 'won', this.clock.now());
  }
}
