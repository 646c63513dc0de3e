import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { Order } from '../domain/order';
import { OrderRepository } from '../domain/order.repository';
import { OrderNotFound } from '../domain/ordering.errors';

@Injectable()
export class OrmOrderRepository extends OrderRepository {
  add(order: Order): void {
    currentUnit().add(order);
  }

  async lock(id: string): Promise<Order> {
    const order = await currentUnit().lock(Order, id);
    if (!order) throw new OrderNotFound();
    return order;
  }

  async lockNextOverdue(patience: number): Promise<Order | undefined> {
    const { rows } = await currentUnit().statement<{ id: string }>(
      `SELECT id FROM ordering.orders
       WHERE status IN ('reserved', 'payment_pending') AND placed_at < clock_timestamp() - $1 * interval '1 millisecond'
       ORDER BY placed_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
      [patience],
    );
    return rows[0] && currentUnit().lock(Order, rows[0].id);
  }
}
