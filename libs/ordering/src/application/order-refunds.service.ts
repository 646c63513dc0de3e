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

  /**
   * Refunds an amount, or all that is left. A full refund cancels an order that is not fulfilled and puts its stock
   * back. Locks the order, then its products. Throws what settleRefundOf throws, OrderNotFound and OrderNotRefundable.
   */
  @UnitOfWork()
  async refund(orderId: string, { amount, reason, restock }: RefundOrder, adminId: string): Promise<OrderView> {
    const order = await this.orders.lock(orderId);
    const refund = { id: newId(), amount: amount && Money.parse(amount), reason, restock };
    if (order.refund(refund, this.clock.now())) await this.stock.release(order.lines, order.id, adminId);
    return orderView(order);
  }
}
