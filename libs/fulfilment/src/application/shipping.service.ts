import { Injectable } from '@nestjs/common';
import { OrderDelivery, OrderNotFound, type OrderView, type RefundOrder, type Shipment } from '@holdfast/ordering';
import { Clock, newId, type ProductQuantity } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { FulfilmentNotFound } from '../domain/fulfilment.errors';
import { FulfilmentRepository } from '../domain/fulfilment.repositories';

export interface FulfilOrder {
  /** Ships a disputed order too. */
  force?: boolean;
}

export interface ShipItems extends FulfilOrder {
  /** Defaults to all that is left. */
  items?: ProductQuantity[];
  carrier?: string;
  trackingNumber?: string;
  trackingUrl?: string;
}

export interface ShipmentView extends Shipment {
  orderId: string;
}

/** Ships paid orders, and takes refunded units out of what is to be shipped. Locks the order, then its fulfilment. */
@Injectable()
export class Shipping {
  constructor(
    private readonly orders: OrderDelivery,
    private readonly fulfilments: FulfilmentRepository,
    private readonly clock: Clock,
  ) {}

  /** Opens the fulfilment of a paid order, once. */
  @UnitOfWork()
  async open(orderId: string): Promise<void> {
    await this.fulfilments.open(orderId);
  }

  /** Throws FulfilmentNotFound for an order that is not paid, and what Order.ship throws. */
  @UnitOfWork()
  async ship(fulfilmentId: string, shipment: ShipItems): Promise<ShipmentView> {
    const order = await this.orders.find(fulfilmentId);
    if (!order || order.isUnpaid) throw new FulfilmentNotFound();
    return { orderId: fulfilmentId, ...(await this.send(fulfilmentId, shipment)) };
  }

  /** Ships all that is left; a repeated call changes nothing. Throws OrderNotFound, and what Order.ship throws. */
  @UnitOfWork()
  async fulfil(orderId: string, { force }: FulfilOrder): Promise<OrderView> {
    const order = await this.orders.find(orderId);
    if (!order) throw new OrderNotFound();
    if (order.view.status === 'fulfilled') return order.view;
    await this.send(orderId, { force });
    return (await this.orders.find(orderId))!.view;
  }

  /** Locks the products last. Throws what OrderDelivery.refund throws. */
  @UnitOfWork()
  async refund(orderId: string, refund: RefundOrder, adminId: string): Promise<OrderView> {
    const order = await this.orders.find(orderId);
    const fulfilment = order?.isRefundable ? await this.fulfilments.lock(orderId) : undefined;
    const view = await this.orders.refund(orderId, refund, adminId);
    fulfilment?.follow((await this.orders.find(orderId))!, this.clock.now());
    return view;
  }

  private async send(orderId: string, { force = false, items, ...tracking }: ShipItems): Promise<Shipment> {
    const { carrier = null, trackingNumber = null, trackingUrl = null } = tracking;
    const parcel = { id: newId(), items, carrier, trackingNumber, trackingUrl };
    const shipment = await this.orders.ship(orderId, parcel, force);
    const fulfilment = await this.fulfilments.lock(orderId);
    fulfilment.ship(shipment, (await this.orders.find(orderId))!, this.clock.now());
    return shipment;
  }
}
