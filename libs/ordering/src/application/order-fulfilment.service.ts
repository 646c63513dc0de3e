import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { OrderRepository } from '../domain/order.repository';
import { type OrderView, orderView } from './order.views';

@Injectable()
export class OrderFulfilment {
  constructor(
    private readonly orders: OrderRepository,
    private readonly clock: Clock,
  ) {}

  /** Marks an order as shipped. A repeated call changes nothing. Throws OrderNotFound and OrderNotFulfillable. */
  @UnitOfWork()
  async fulfil(orderId: string): Promise<OrderView> {
    const order = await this.orders.lock(orderId);
    order.fulfil(this.clock.now());
    return orderView(order);
  }
}
