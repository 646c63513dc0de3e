import { AggregateRoot, assign, type ProductQuantity, unitsIn } from '@holdfast/shared-kernel';
import type { Order } from './order';
import { OrderLimitExceeded, UnpaidOrderLimitReached, UnpaidUnitsLimitExceeded } from './ordering.errors';

/** How much stock one customer may take without paying; Infinity for no limit. */
export interface OrderLimits {
  /** Units of one product in an order or a cart. */
  line: number;
  /** Units of all products together in an order or a cart. */
  units: number;
  unpaidOrders: number;
  /** Units in unpaid orders and in holds together. */
  unpaidUnits: number;
}

/** Throws OrderLimitExceeded. Each product is named once. */
export function ensureWithinLimits(lines: readonly ProductQuantity[], { line, units }: OrderLimits): void {
  const tooLong = lines.find(({ quantity }) => quantity > line);
  if (tooLong) throw new OrderLimitExceeded('units of a product', line, tooLong.quantity, tooLong.productId);
  if (unitsIn(lines) > units) throw new OrderLimitExceeded('units', units, unitsIn(lines));
}

/**
 * What a customer has ordered and not paid. Its row is locked before a customer orders, holds units, or an order ends
 * to be unpaid, so that the limits hold however many calls run at once.
 *
 * - It counts the customer's orders that are reserved or payment_pending, and the units in them.
 * - A new order or hold stays within the limits. A limit that is lowered later ends nothing.
 */
export class UnpaidOrders extends AggregateRoot {
  readonly orders!: number;
  readonly units!: number;

  private constructor() {
    super();
  }

  /**
   * Throws UnpaidOrderLimitReached and UnpaidUnitsLimitExceeded. `held` are the units in the customer's holds that the
   * order does not use up.
   */
  ensureRoomFor(order: Order, held: number, limits: OrderLimits): void {
    if (!order.isUnpaid) return;
    if (this.orders >= limits.unpaidOrders) throw new UnpaidOrderLimitReached(limits.unpaidOrders, this.orders);
    this.ensureUnits(order.units, held, limits);
  }

  /** Throws UnpaidUnitsLimitExceeded unless the customer may have `requested` more units beside the `held` ones. */
  ensureUnits(requested: number, held: number, { unpaidUnits: limit }: OrderLimits): void {
    if (this.units + held + requested > limit) throw new UnpaidUnitsLimitExceeded(limit, requested, this.units, held);
  }

  add(order: Order): void {
    if (order.isUnpaid) this.count(1, order);
  }

  /** Call it after a transition of an order that was unpaid before. */
  settle(order: Order): void {
    if (!order.isUnpaid) this.count(-1, order);
  }

  private count(sign: 1 | -1, order: Order): void {
    assign<UnpaidOrders>(this, { orders: this.orders + sign, units: this.units + sign * order.units });
  }
}
