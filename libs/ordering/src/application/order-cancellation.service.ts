import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock } from '@holdfast/shared-kernel';
import { IdempotencyKeys, type Reader, UnitOfWork } from '@holdfast/platform';
import { OrderRepository } from '../domain/order.repository';
import { OrderNotFound } from '../domain/ordering.errors';
import { type OrderView, orderView } from './order.views';

@Injectable()
export class OrderCancellation {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly clock: Clock,
  ) {}

  /**
   * Cancels an order and puts its stock back, once. Customers cancel their own orders, admins every order.
   * Locks the order, what its customer has not paid, then the products. Throws OrderNotFound and OrderNotCancellable.
   */
  @UnitOfWork({ grouped: true })
  async cancel(orderId: string, requester: Reader): Promise<OrderView> {
    const order = await this.orders.lock(orderId);
    const isOwner = order.customerId === requester.id;
    if (requester.role !== 'admin' && !isOwner) throw new OrderNotFound();
    const unpaid = await this.orders.lockUnpaidOf(order);
    order.cancel(isOwner ? 'canceled by the customer' : 'canceled by an admin', this.clock.now());
    unpaid?.settle(order);
    await this.stock.release(order.lines, order.id, requester.id);
    return orderView(order);
  }
}

/** The orders of a customer whose account is closed. */
@Injectable()
export class CustomerOrders {
  constructor(
    private readonly orders: OrderRepository,
    private readonly cancellation: OrderCancellation,
    private readonly keys: IdempotencyKeys,
    private readonly clock: Clock,
  ) {}

  /** Whether the customer has paid for something that is still to be shipped. */
  @UnitOfWork()
  async isToBeShipped(customerId: string): Promise<boolean> {
    return this.orders.hasPaid(customerId);
  }

  /**
   * Cancels what the customer has not paid, and erases the addresses of all orders, also from the answers that are kept
   * for replays. An order that was paid in the meantime keeps its address: it is still to be shipped.
   */
  @UnitOfWork()
  async erase(customerId: string): Promise<void> {
    const customer = { id: customerId, role: 'customer' as const };
    for (const orderId of await this.orders.unpaidOf(customerId)) {
      await this.cancellation.cancel(orderId, customer);
      const order = await this.orders.lock(orderId);
      order.forgetAddress(this.clock.now());
    }
    await this.orders.eraseAddresses(customerId);
    await this.keys.erase(customerId, 'shipTo');
  }
}
