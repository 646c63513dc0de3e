import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock } from '@holdfast/shared-kernel';
import { type Reader, UnitOfWork } from '@holdfast/platform';
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
