import { Injectable } from '@nestjs/common';
import { demandByProduct } from '@holdfast/shared-kernel';
import { currentUnit, type Statement } from '@holdfast/platform';
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

  async unitsOrdered(customerId: string, productIds: readonly string[]): Promise<Map<string, number>> {
    const question = { customerId, productIds };
    const rows = await currentUnit().ask('units ordered', question, async (questions, statement) => {
      const answers: { productId: string; quantity: string }[][] = [];
      for (const each of questions) answers.push(await unitsOrdered(each, statement));
      return answers;
    });
    const added = currentUnit()
      .added(Order)
      .filter((order) => order.customerId === customerId);
    const lines = [...rows, ...added.flatMap((order) => order.lines)];
    const units = lines.map(({ productId, quantity }) => ({ productId, quantity: Number(quantity) }));
    return new Map(demandByProduct(units).map(({ productId, quantity }) => [productId, quantity]));
  }
}

async function unitsOrdered(
  { customerId, productIds }: { customerId: string; productIds: readonly string[] },
  statement: Statement,
): Promise<{ productId: string; quantity: string }[]> {
  const { rows } = await statement<{ productId: string; quantity: string }>(
    `SELECT l.product_id AS "productId", sum(l.quantity) AS quantity
     FROM ordering.orders o JOIN ordering.order_lines l ON l.order_id = o.id
     WHERE o.customer_id = $1 AND o.status <> 'canceled' AND l.product_id = ANY($2) GROUP BY l.product_id`,
    [customerId, productIds],
  );
  return rows;
}
