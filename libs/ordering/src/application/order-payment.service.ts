import { Injectable } from '@nestjs/common';
import type { PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentStarted } from '@holdfast/contracts';
import { StockService } from '@holdfast/catalog';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { OrderingSettings } from '../ordering.settings';
import type { Order } from '../domain/order';
import { OrderRepository } from '../domain/order.repository';

/**
 * Applies the events of payments to orders; late and repeated events change nothing. Locks the order, then, to put stock
 * back, its products.
 */
@Injectable()
export class OrderPayment {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly settings: OrderingSettings,
    private readonly clock: Clock,
  ) {}

  @UnitOfWork()
  async started({ orderId, provider, private: { clientSecret } }: PaymentStarted): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.awaitPayment(provider, clientSecret, this.clock.now());
  }

  @UnitOfWork()
  async captured({ orderId, provider }: PaymentCaptured): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.pay(provider, this.clock.now());
  }

  /** Cancels the order of a failed payment and puts its stock back, once. */
  @UnitOfWork()
  async failed({ orderId, reason }: PaymentFailed): Promise<void> {
    const order = await this.orders.lock(orderId);
    if (order.failPayment(reason, this.clock.now())) await this.putBackStockOf(order);
  }

  @UnitOfWork()
  async refunded({ orderId, inFull }: PaymentRefunded): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.settleRefund(inFull, this.clock.now());
  }

  /** Cancels the orders whose payment is overdue, each in a transaction of its own; returns how many. */
  async cancelOverdue(): Promise<number> {
    for (let canceled = 0; ; canceled++) if (!(await this.cancelNextOverdue())) return canceled;
  }

  @UnitOfWork()
  private async cancelNextOverdue(): Promise<boolean> {
    const order = await this.orders.lockNextOverdue(this.settings.PAYMENT_TIMEOUT);
    if (!order) return false;
    order.cancel('not paid in time', this.clock.now());
    await this.putBackStockOf(order);
    return true;
  }

  private putBackStockOf(order: Order): Promise<void> {
    return this.stock.release(order.lines, order.id, order.customerId);
  }
}
