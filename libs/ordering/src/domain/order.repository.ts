import type { Order } from './order';
import type { UnpaidOrders } from './unpaid-orders';

/** Orders of the open unit of work. Each order is locked until the unit ends. */
export abstract class OrderRepository {
  abstract add(order: Order): void;
  abstract find(id: string): Promise<Order | undefined>;
  /** Throws OrderNotFound. */
  abstract lock(id: string): Promise<Order>;
  /** Locks what a customer has not paid; a customer without orders has an empty one. */
  abstract lockUnpaid(customerId: string): Promise<UnpaidOrders>;
  /** The same for the customer of an order that may end to be unpaid; undefined for one that is not. */
  async lockUnpaidOf({ isUnpaid, customerId }: Order): Promise<UnpaidOrders | undefined> {
    return isUnpaid ? this.lockUnpaid(customerId) : undefined;
  }
  /** Units per product in a customer's orders that are not canceled. The caller holds the products' locks. */
  abstract unitsOrdered(customerId: string, productIds: readonly string[]): Promise<Map<string, number>>;
  abstract hasPaid(customerId: string): Promise<boolean>;
  /** The ids of the customer's unpaid orders, none of which is locked. */
  abstract unpaidOf(customerId: string): Promise<string[]>;
  /** Erases the addresses of the customer's orders, but of those that are still to be shipped. */
  abstract eraseAddresses(customerId: string): Promise<void>;
}
