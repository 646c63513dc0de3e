import { Injectable } from '@nestjs/common';
import { StockService } from '@holdfast/catalog';
import { Clock, Money, type MoneyView, newId, type ProductQuantity } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import type { OrderReturn, Parcel, Shipment } from '../domain/delivery';
import type { Order } from '../domain/order';
import { REFUNDABLE } from '../domain/order-status';
import { OrderRepository } from '../domain/order.repository';
import type { RefundedItem } from '../domain/refund';
import { type OrderView, orderView } from './order.views';

export interface RefundOrder {
  amount?: MoneyView;
  items?: RefundedItem[];
  reason: string;
  restock?: boolean;
}

/** What fulfilment needs to know of an order that it has locked. */
export interface DeliveredOrder {
  customerId: string;
  isUnpaid: boolean;
  isRefundable: boolean;
  /** What has not left and is not refunded; nothing of a canceled order. */
  left: ProductQuantity[];
  hasLeft: boolean;
  view: OrderView;
}

/** What leaves, comes back and is paid back of a paid order. Locks the order, then its products. */
@Injectable()
export class OrderDelivery {
  constructor(
    private readonly orders: OrderRepository,
    private readonly stock: StockService,
    private readonly clock: Clock,
  ) {}

  /** Locks the order. */
  @UnitOfWork()
  async find(orderId: string): Promise<DeliveredOrder | undefined> {
    const order = await this.orders.find(orderId);
    return order && deliveredOrder(order);
  }

  /** Throws what Order.ship throws, and OrderNotFound. */
  @UnitOfWork()
  async ship(orderId: string, parcel: Parcel, force: boolean): Promise<Shipment> {
    const order = await this.orders.lock(orderId);
    return order.ship(parcel, force, this.clock.now());
  }

  /**
   * Refunds an amount, units, or all that is left. Refunded units that have not left are not to be shipped, and come
   * back to stock. Throws what settleRefundOf throws, OrderNotFound and OrderNotRefundable.
   */
  @UnitOfWork()
  async refund(orderId: string, { amount, ...refund }: RefundOrder, adminId: string): Promise<OrderView> {
    const order = await this.orders.lock(orderId);
    const asked = { ...refund, id: newId(), amount: amount && Money.parse(amount) };
    const restocked = order.refund(asked, this.clock.now());
    const kind = order.status === 'canceled' ? 'order-canceled' : 'order-refunded';
    const items = restocked.map((item) => ({ ...item, kind }) as const);
    if (items.length) await this.stock.release(items, order.id, adminId);
    return orderView(order);
  }

  /** `window` is in milliseconds. Throws OrderNotFound, ReturnWindowOver, ReturnExceedsShipment. */
  @UnitOfWork()
  async requestReturn(orderId: string, requested: OrderReturn, window: number): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.requestReturn(requested, window, this.clock.now());
  }

  /**
   * Takes the goods of a return back, restocks or writes them off, and refunds their price or `refund`. Returns the
   * amount. Throws OrderNotFound, RefundTooLarge, CurrenciesMixed.
   */
  @UnitOfWork()
  async receiveReturn(
    orderId: string,
    received: OrderReturn,
    refund: MoneyView | undefined,
    adminId: string,
  ): Promise<MoneyView> {
    const order = await this.orders.lock(orderId);
    const paid = { id: newId(), amount: refund && Money.parse(refund) };
    const { amount, restocked } = order.takeBack(received, paid, this.clock.now());
    const arrived = received.items.map(({ productId, restocked: quantity, writtenOff }) => {
      return { productId, quantity, writtenOff, kind: 'return-received' } as const;
    });
    const unsent = restocked.map((item) => ({ ...item, kind: 'order-refunded' }) as const);
    await this.stock.release([...arrived, ...unsent], order.id, adminId);
    return amount.toView();
  }

  /** Throws OrderNotFound. */
  @UnitOfWork()
  async rejectReturn(orderId: string, rejected: OrderReturn): Promise<void> {
    const order = await this.orders.lock(orderId);
    order.showReturn(rejected, this.clock.now());
  }
}

function deliveredOrder(order: Order): DeliveredOrder {
  const open = order.status === 'canceled' ? [] : order.lines.filter(({ left }) => left > 0);
  return {
    customerId: order.customerId,
    isUnpaid: order.isUnpaid,
    isRefundable: REFUNDABLE.includes(order.status),
    left: open.map(({ productId, left: quantity }) => ({ productId, quantity })),
    hasLeft: order.lines.some(({ shipped }) => shipped > 0),
    view: orderView(order),
  };
}
