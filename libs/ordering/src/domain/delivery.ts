import { demandByProduct, type ProductQuantity } from '@holdfast/shared-kernel';
import type { OrderLine } from './order-line';
import { ReturnExceedsShipment, ReturnWindowOver, ShipmentExceedsOrder } from './ordering.errors';

/** A parcel that left, as its order shows it. */
export interface Shipment {
  id: string;
  items: ProductQuantity[];
  carrier: string | null;
  trackingNumber: string | null;
  trackingUrl: string | null;
  shippedAt: string;
}

/** A parcel to send; without items, all that is left. */
export interface Parcel extends Omit<Shipment, 'items' | 'shippedAt'> {
  items?: readonly ProductQuantity[];
}

export const RETURN_STATUSES = ['requested', 'received', 'rejected'] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];

/** `quantity` units were asked for; once the return is received, the others say what became of those that came. */
export interface ReturnedItem extends ProductQuantity {
  restocked: number;
  writtenOff: number;
}

/** A return, as its order shows it. */
export interface OrderReturn {
  id: string;
  status: ReturnStatus;
  items: ReturnedItem[];
  reason: string;
  rejectReason?: string;
  requestedAt: string;
}

export interface UnitsOfLine {
  line: OrderLine;
  quantity: number;
}

/** The units to ship of each line. Throws ShipmentExceedsOrder, also where nothing is left. */
export function unitsToShip(lines: readonly OrderLine[], items?: readonly ProductQuantity[]): UnitsOfLine[] {
  const all = lines.filter(({ left }) => left > 0).map((line) => ({ productId: line.productId, quantity: line.left }));
  const wanted = items ? demandByProduct(items) : all;
  const leftOf = (productId: string) => lineOf(lines, productId)?.left ?? 0;
  const short = wanted.filter(({ productId, quantity }) => quantity > leftOf(productId));
  if (short.length || !wanted.length)
    throw new ShipmentExceedsOrder(
      short.map(({ productId, quantity }) => ({ productId, requested: quantity, left: leftOf(productId) })),
    );
  return wanted.map(({ productId, quantity }) => ({ line: lineOf(lines, productId)!, quantity }));
}

/** What the customer may send back. */
interface Returnable {
  lines: readonly OrderLine[];
  shipments: readonly Shipment[];
  returns: readonly OrderReturn[];
}

/**
 * Throws ReturnWindowOver, and ReturnExceedsShipment for units that have not left, are back already, or are asked for
 * by another open return. `window` is in milliseconds, from the last shipment.
 */
export function ensureReturnable(
  { lines, shipments, returns }: Returnable,
  items: readonly ProductQuantity[],
  window: number,
  at: Date,
): void {
  const lastShipment = shipments.at(-1);
  const end = lastShipment && new Date(new Date(lastShipment.shippedAt).getTime() + window);
  if (end && at > end) throw new ReturnWindowOver(end);
  const open = new Map(
    demandByProduct(returns.filter(({ status }) => status === 'requested').flatMap((each) => each.items)).map(
      ({ productId, quantity }) => [productId, quantity],
    ),
  );
  const asked = demandByProduct(items).map(({ productId, quantity: requested }) => {
    const { shipped = 0, returned = 0 } = lineOf(lines, productId) ?? {};
    return { productId, requested, returnable: shipped - returned - (open.get(productId) ?? 0) };
  });
  const short = asked.filter(({ requested, returnable }) => requested > returnable);
  if (short.length) throw new ReturnExceedsShipment(short);
}

export const lineOf = (lines: readonly OrderLine[], productId: string): OrderLine | undefined =>
  lines.find((line) => line.productId === productId);
