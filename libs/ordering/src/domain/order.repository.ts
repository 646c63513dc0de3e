import type { Order } from './order';

/** Orders of the open unit of work. Each order is locked until the unit ends. */
export abstract class OrderRepository {
  abstract add(order: Order): void;
  /** Throws OrderNotFound. */
  abstract lock(id: string): Promise<Order>;
  /** Units per product in a customer's orders that are not canceled. The caller holds the products' locks. */
  abstract unitsOrdered(customerId: string, productIds: readonly string[]): Promise<Map<string, number>>;
}
