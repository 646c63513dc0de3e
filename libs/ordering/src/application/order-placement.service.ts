import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock, Money, type MoneyView, newId, type ProductQuantity } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { Order } from '../domain/order';
import { OrderRepository } from '../domain/order.repository';
import { type OrderView, orderView } from './order.views';

export interface PlaceOrder {
  items: ProductQuantity[];
  expectedTotal?: MoneyView;
}

@Injectable()
export class OrderPlacement {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly clock: Clock,
  ) {}

  /** Places an order: every line gets its stock and the order exists, or neither happens. */
  @UnitOfWork({ grouped: true })
  async place(command: PlaceOrder, customerId: string): Promise<OrderView> {
    const id = newId();
    const lines = await this.stock.reserve(command.items, id, customerId);
    const expectedTotal = command.expectedTotal && Money.parse(command.expectedTotal);
    const order = Order.place({ id, customerId, lines, expectedTotal, at: this.clock.now() });
    this.orders.add(order);
    return orderView(order);
  }
}
