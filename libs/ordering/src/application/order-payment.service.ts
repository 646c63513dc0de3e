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
import type { Order } from '../domain/order';
import { OrderRepository } from '../domain/order.repository';
import type { UnpaidOrders } from '../domain/unpaid-orders';

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
    const unpaid = await this.lockUnpaidOf(order);
    order.pay(provider, this.clock.now());
    unpaid?.settle(order);
  }

  /** Cancels the order of a failed payment and puts its stock back, once. */
  @UnitOfWork()
  async failed({ orderId, reason }: PaymentFailed): Promise<void> {
    const order = await this.orders.lock(orderId);
    const unpaid = await this.lockUnpaidOf(order);
    if (!order.failPayment(reason, this.clock.now())) return;
    unpaid?.settle(order);
    await this.stock.release(order.lines, order.id, order.customerId);
  }

  @UnitOfWork()
  async refunded({ orderId, amount, atProvider, inFull }: PaymentRefunded): Promise<void> {
    const order = await this.orders.lock(orderId);
    const { thousandths, currency } = Money.parse(amount);
    const begunThere = Money.of(atProvider ? thousandths : 0n, currency);
    order.settleRefund(inFull ? 'refunded' : 'partially_refunded', begunThere, this.clock.now());
  }

  /** A failed refund stays promised, and an admin can retry it. Its money is not sent, so it is not shown as sent. */
  @UnitOfWork()
  async refundFailed({ orderId, refunded }: PaymentRefundFailed): Promise<void> {
    const order = await this.orders.lock(orderId);
    const { thousandths, currency } = Money.parse(refunded);
    order.settleRefund(thousandths ? 'partially_refunded' : 'captured', Money.of(0n, currency), this.clock.now());
  }

  @UnitOfWork()
  async disputed({ orderId, status }: PaymentDisputed): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.dispute(status !== 'won', this.clock.now());
  }

  private async lockUnpaidOf({ isUnpaid, customerId }: Order): Promise<UnpaidOrders | undefined> {
    return isUnpaid ? this.orders.lockUnpaid(customerId) : undefined;
  }
}
