import { Injectable } from '@nestjs/common';
import { demandByProduct, type ProductQuantity } from '@holdfast/shared-kernel';
import { currentUnit, type Statement } from '@holdfast/platform';
import { Order } from '../domain/order';
import { UNPAID } from '../domain/order-status';
import { OrderRepository } from '../domain/order.repository';
import { OrderNotFound } from '../domain/ordering.errors';
import { UnpaidOrders } from '../domain/unpaid-orders';

interface CustomerProduct {
  customerId: string;
  productId: string;
}

@Injectable()
export class OrmOrderRepository extends OrderRepository {
  add(order: Order): void {
    currentUnit().add(order);
  }

  find(id: string): Promise<Order | undefined> {
    return currentUnit().lock(Order, id);
  }

  async lock(id: string): Promise<Order> {
    const order = await this.find(id);
    if (!order) throw new OrderNotFound();
    return order;
  }

  async lockUnpaid(customerId: string): Promise<UnpaidOrders> {
    const unit = currentUnit();
    const known = await unit.lock(UnpaidOrders, customerId);
    if (known) return known;
    await unit.ask(UnpaidOrders, customerId, open);
    const opened = await unit.lock(UnpaidOrders, customerId);
    if (!opened) throw new Error(`The unpaid orders of customer ${customerId} were opened and are not there.`);
    return opened;
  }

  async unitsOrdered(customerId: string, productIds: readonly string[]): Promise<Map<string, number>> {
    const unit = currentUnit();
    const question = productIds.map((productId) => ({ customerId, productId }));
    const stored = await unit.ask('units ordered', question, unitsOf);
    // Orders of the same transaction are in no table yet.
    const added = unit.added(Order).filter((order) => order.customerId === customerId);
    const units = demandByProduct([...stored, ...added.flatMap((order) => order.lines)]);
    return new Map(units.map(({ productId, quantity }) => [productId, quantity]));
  }

  async hasPaid(customerId: string): Promise<boolean> {
    const { rows } = await currentUnit().statement(
      `SELECT FROM ordering.orders WHERE customer_id = $1 AND status = 'paid' LIMIT 1`,
      [customerId],
    );
    return rows.length > 0;
  }

  async unpaidOf(customerId: string): Promise<string[]> {
    const { rows } = await currentUnit().statement<{ id: string }>(
      'SELECT id FROM ordering.orders WHERE customer_id = $1 AND status = ANY($2) ORDER BY id',
      [customerId, UNPAID],
    );
    return rows.map(({ id }) => id);
  }

  async eraseAddresses(customerId: string): Promise<void> {
    await currentUnit().statement(
      `UPDATE ordering.orders SET ship_to = NULL, version = version + 1, updated_at = clock_timestamp()
       WHERE customer_id = $1 AND ship_to IS NOT NULL AND NOT status = ANY($2)`,
      [customerId, [...UNPAID, 'paid']],
    );
  }
}

/** A twin waits for the row of the first. An empty row says nothing, so it may stay when its call is refused. */
async function open(customerIds: string[], statement: Statement): Promise<string[]> {
  await statement(
    `INSERT INTO ordering.unpaid_orders (customer_id)
     SELECT id FROM unnest($1::uuid[]) AS id ORDER BY id ON CONFLICT (customer_id) DO NOTHING`,
    [customerIds],
  );
  return customerIds;
}

/** Answers all questions of a batch with one statement. */
async function unitsOf(questions: CustomerProduct[][], statement: Statement): Promise<ProductQuantity[][]> {
  const all = questions.flat();
  const { rows } = await statement<CustomerProduct & { quantity: string }>(
    `SELECT o.customer_id AS "customerId", l.product_id AS "productId", sum(l.quantity) AS quantity
     FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[])) AS asked (customer_id, product_id)
     JOIN ordering.orders o ON o.customer_id = asked.customer_id AND o.status <> 'canceled'
     JOIN ordering.order_lines l ON l.order_id = o.id AND l.product_id = asked.product_id
     GROUP BY o.customer_id, l.product_id`,
    [all.map(({ customerId }) => customerId), all.map(({ productId }) => productId)],
  );
  const units = new Map(rows.map((row) => [`${row.customerId} ${row.productId}`, Number(row.quantity)]));
  return questions.map((question) =>
    question.map(({ customerId, productId }) => {
      return { productId, quantity: units.get(`${customerId} ${productId}`) ?? 0 };
    }),
  );
}
