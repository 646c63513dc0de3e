import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock, Money, type MoneyView, newId } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { OrderRepository } from '../domain/order.repository';
import { type OrderView, orderView } from './order.views';

export interface RefundOrder {
  amount?: MoneyView;
  reason: string;
  restock?: boolean;
}

@Injectable()
export class OrderRefunds {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly clock: Clock,
  ) {}

  /** Gives money back; when none is left the order is canceled, and its stock is back. Locks the order, then its products. */
  @UnitOfWork()
  async refund(orderId: string, { amount, reason, restock = true }: RefundOrder, adminId: string): Promise<OrderView> {
    const order = await this.orders.lock(orderId);
    const refund = { id: newId(), amount: amount && Money.parse(amount), reason, restock };
    const isOver = order.refund(refund, this.clock.now());
    if (isOver && restock) await this.stock.release(order.lines, order.id, adminId);
    return orderView(order);
  }
}
