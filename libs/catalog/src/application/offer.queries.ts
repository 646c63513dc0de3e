import { Injectable } from '@nestjs/common';
import { Money, thousandthsOf } from '@holdfast/shared-kernel';
import { Reads } from '@holdfast/platform';
import type { Demand } from '../domain/demand';
import { HOLD_PAUSE } from '../domain/hold';

/** A product as one customer can buy it. */
export interface Offer {
  productId: string;
  name: string;
  unitPrice: Money;
  /** Units in the customer's live hold. */
  held: number;
  heldUntil: Date | null;
  /** When the customer, who has held units for the longest time, may hold them again; null when that is now. */
  pausedUntil: Date | null;
  /** Units that the customer can get, the held ones included; 0 for a product that is not on sale. */
  available: number;
}

@Injectable()
export class OfferQueries {
  constructor(private readonly reads: Reads) {}

  /** In no particular order; retired products are included. */
  async of(productIds: readonly string[], customerId: string): Promise<Offer[]> {
    const rows = await this.reads.query<Omit<Offer, 'unitPrice'> & { price: string; currency: string }>(
      `SELECT p.id AS "productId", p.name, p.price, p.currency, h.held, h."heldUntil",
              (SELECT expires_at + $3 * interval '1 millisecond' FROM catalog.holds
               WHERE product_id = p.id AND owner_id = $2 AND renewable_until <= clock_timestamp()
                 AND expires_at + $3 * interval '1 millisecond' > clock_timestamp()) AS "pausedUntil",
              CASE WHEN p.active AND p.retired_at IS NULL THEN greatest(0, p.on_hand - h.others) ELSE 0 END::float8
                AS available
       FROM catalog.products p CROSS JOIN LATERAL (
         SELECT coalesce(sum(quantity) FILTER (WHERE owner_id <> $2), 0) AS others,
                coalesce(max(quantity) FILTER (WHERE owner_id = $2), 0) AS held,
                max(expires_at) FILTER (WHERE owner_id = $2) AS "heldUntil"
         FROM catalog.holds WHERE product_id = p.id AND expires_at > clock_timestamp()) h
       WHERE p.id = ANY($1)`,
      [productIds, customerId, HOLD_PAUSE],
    );
    return rows.map(({ price, currency, ...offer }) => ({
      ...offer,
      unitPrice: Money.of(thousandthsOf(price), currency),
    }));
  }
}

/** The offers of products that a demand has locked. */
export const offersOf = (demand: Demand): Offer[] =>
  demand.known.map(({ product }) => ({
    productId: product.id,
    name: product.name,
    unitPrice: product.price,
    held: product.held.unitsOf(demand.customerId),
    heldUntil: product.held.expiryOf(demand.customerId) ?? null,
    pausedUntil: product.held.pausedUntil(demand.customerId) ?? null,
    available: product.isOrderable ? product.availableTo(demand.customerId) : 0,
  }));
