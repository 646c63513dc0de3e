import { Injectable } from '@nestjs/common';
import { OrderDelivery, OrderNotFound, type OrderReturn } from '@holdfast/ordering';
import { Clock, demandByProduct, type MoneyView, type ProductQuantity } from '@holdfast/shared-kernel';
import { type Reader, UnitOfWork } from '@holdfast/platform';
import { ReturnRepository } from '../domain/fulfilment.repositories';
import { Return } from '../domain/return';
import { FulfilmentSettings } from '../fulfilment.settings';

export interface RequestReturn {
  items: ProductQuantity[];
  reason: string;
}

export interface ReceiveReturn {
  items: { productId: string; restock?: number; writeOff?: number }[];
  /** Defaults to the price of the units that came back and are not refunded yet. */
  refund?: MoneyView;
}

export interface ReturnView extends OrderReturn {
  orderId: string;
  customerId: string;
}

/** Goods that come back. Locks the order, then the return, then the products. */
@Injectable()
export class GoodsReturns {
  constructor(
    private readonly orders: OrderDelivery,
    private readonly returns: ReturnRepository,
    private readonly settings: FulfilmentSettings,
    private readonly clock: Clock,
  ) {}

  /** Whether the customer is still to send something back. */
  @UnitOfWork()
  async areExpectedFrom(customerId: string): Promise<boolean> {
    return this.returns.hasOpen(customerId);
  }

  /** Customers return goods of their own orders, admins of every order. Throws OrderNotFound, and as the order does. */
  @UnitOfWork()
  async request(orderId: string, { items, reason }: RequestReturn, requester: Reader): Promise<ReturnView> {
    const order = await this.orders.find(orderId);
    if (!order || (requester.role !== 'admin' && order.customerId !== requester.id)) throw new OrderNotFound();
    const details = { orderId, customerId: order.customerId, items: demandByProduct(items), reason };
    const requested = Return.request(details, this.clock.now());
    await this.orders.requestReturn(orderId, shown(requested), this.settings.RETURN_WINDOW);
    this.returns.add(requested);
    return viewOf(requested);
  }

  /**
   * Restocks or writes off what came back, and refunds it, in one transaction. Throws ReturnNotFound, ReturnNotOpen,
   * ReturnExceedsRequest, RefundTooLarge, CurrenciesMixed.
   */
  @UnitOfWork()
  async receive(id: string, { items, refund }: ReceiveReturn, adminId: string): Promise<ReturnView> {
    const received = await this.lock(id);
    received.receive(
      items.map(({ restock = 0, writeOff = 0, ...item }) => ({ ...item, restock, writeOff })),
      this.clock.now(),
    );
    received.reportReceipt(await this.orders.receiveReturn(received.orderId, shown(received), refund, adminId));
    return viewOf(received);
  }

  /** Throws ReturnNotFound, ReturnNotOpen. */
  @UnitOfWork()
  async reject(id: string, reason: string): Promise<ReturnView> {
    const rejected = await this.lock(id);
    rejected.reject(reason, this.clock.now());
    await this.orders.rejectReturn(rejected.orderId, shown(rejected));
    return viewOf(rejected);
  }

  private async lock(id: string): Promise<Return> {
    await this.orders.find(await this.returns.orderOf(id));
    return this.returns.lock(id);
  }
}

/** A return as its order shows it. */
const shown = ({ id, status, lines, reason, rejectReason, requestedAt }: Return): OrderReturn => ({
  ...{ id, status },
  items: lines.map(({ productId, quantity, restocked, writtenOff }) => ({
    productId,
    quantity,
    restocked,
    writtenOff,
  })),
  ...{ reason, ...(rejectReason !== null && { rejectReason }), requestedAt: requestedAt.toISOString() },
});

const viewOf = (one: Return): ReturnView => ({ ...shown(one), orderId: one.orderId, customerId: one.customerId });
