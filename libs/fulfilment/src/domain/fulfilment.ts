import { AggregateRoot, assign, type ProductQuantity } from '@holdfast/shared-kernel';
import type { FulfilmentEvent } from '@holdfast/contracts';

export const FULFILMENT_STATUSES = ['open', 'partial', 'done'] as const;
export type FulfilmentStatus = (typeof FULFILMENT_STATUSES)[number];

/** A parcel, with what is in it. */
export interface Parcel {
  id: string;
  items: ProductQuantity[];
  carrier: string | null;
  trackingNumber: string | null;
  trackingUrl: string | null;
  shippedAt: string;
}

/** The order as its fulfilment sees it, under the order's lock. */
export interface ShippedOrder {
  customerId: string;
  /** What has not left and is not refunded. */
  left: ProductQuantity[];
  hasLeft: boolean;
}

/** One row for each parcel: written once, never changed. */
export class Shipment {
  readonly id!: string;
  readonly orderId!: string;
  readonly carrier!: string | null;
  readonly trackingNumber!: string | null;
  readonly trackingUrl!: string | null;
  readonly shippedAt!: Date;
}

/** Units of one product in a parcel. */
export class ShipmentLine {
  readonly shipmentId!: string;
  readonly orderId!: string;
  readonly productId!: string;
  readonly quantity!: number;
}

/**
 * The shipping of one paid order, which gives it its id: open → partial → done, or done at once.
 *
 * - A paid order has exactly one, whatever opens it first: its payment, a shipment or a refund.
 * - It is done when nothing is left to ship, by shipments or by refunds. How many units may leave is decided by the
 *   order, whose lock is taken first.
 */
export class Fulfilment extends AggregateRoot<FulfilmentEvent> {
  readonly status!: FulfilmentStatus;
  readonly openedAt!: Date;
  /** What this unit of work adds; parcels on record are never loaded. */
  readonly shipments: Shipment[] = [];
  readonly shipmentLines: ShipmentLine[] = [];

  private constructor() {
    super();
  }

  /** Records a parcel that has left the order. */
  ship({ items, ...parcel }: Parcel, order: ShippedOrder, at: Date): void {
    const orderId = this.id;
    const { carrier, trackingNumber, trackingUrl, shippedAt } = parcel;
    this.shipments.push(Object.assign(new Shipment(), { ...parcel, orderId, shippedAt: new Date(shippedAt) }));
    for (const item of items)
      this.shipmentLines.push(Object.assign(new ShipmentLine(), { shipmentId: parcel.id, orderId, ...item }));
    const { customerId, left } = order;
    this.record({
      ...{ type: 'fulfilment.shipped', orderId, customerId, shipmentId: parcel.id, items, left },
      ...{ carrier, trackingNumber, trackingUrl, shippedAt },
    });
    this.follow(order, at);
  }

  /** Follows what is left of the order. */
  follow({ left, hasLeft }: ShippedOrder, at: Date): void {
    const status = !left.length ? 'done' : hasLeft ? 'partial' : 'open';
    if (status === this.status) return;
    assign<Fulfilment>(this, { status });
    this.changed(at);
  }
}
