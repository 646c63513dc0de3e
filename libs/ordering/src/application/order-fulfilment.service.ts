import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { OrderRepository } from '../domain/order.repository';
import { type OrderView, orderView } from './order.views';

export interface FulfilOrder {
  /** Fulfils a disputed order too. */
  force?: boolean;
}

@Injectable()
export class OrderFulfilment {
  constructor(
    private readonly orders: OrderRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Marks an order as shipped. A repeated call changes nothing. Throws OrderNotFound, OrderNotFulfillable, and
   * OrderDisputed unless `force` is true.
   */
  @UnitOfWork()
  async fulfil(orderId: string, { force = false }: FulfilOrder): Promise<OrderView> {
    const order = await this.orders.lock(orderId);
    order.fulfil(force, this.clock.now());
    return orderView(order);
  }
}
