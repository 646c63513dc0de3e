import type { Order } from './order';

/** Orders of the open unit of work; every one of them is locked until it ends. */
export abstract class OrderRepository {
  abstract add(order: Order): void;
  /** Throws OrderNotFound. */
  abstract lock(id: string): Promise<Order>;
  /** One that nobody has paid within so many milliseconds, by the database's clock; those at work elsewhere are passed by. */
  abstract lockNextOverdue(patience: number): Promise<Order | undefined>;
  /** What a customer has of these products, which are locked, in orders that are not canceled. */
  abstract unitsOrdered(customerId: string, productIds: readonly string[]): Promise<Map<string, number>>;
}
