import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { OrderRepository } from '../domain/order.repository';
import { OrderNotFound } from '../domain/ordering.errors';
import { type OrderView, orderView } from './order.views';

/** Who asks: customers reach their own orders, admins every order. */
export interface Requester {
  id: string;
  role: 'customer' | 'admin';
}

@Injectable()
export class OrderCancellation {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly clock: Clock,
  ) {}

  /** Cancels an order and puts its stock back, once. Locks the order, then its products. */
  @UnitOfWork({ grouped: true })
  async cancel(orderId: string, requester: Requester): Promise<OrderView> {
    const order = await this.orders.lock(orderId);
    if (requester.role !== 'admin' && order.customerId !== requester.id) throw new OrderNotFound();
    order.cancel(
      requester.id === order.customerId ? 'canceled by the customer' : 'canceled by an admin',
      this.clock.now(),
    );
    await this.stock.release(order.lines, order.id, requester.id);
    return orderView(order);
  }
}
