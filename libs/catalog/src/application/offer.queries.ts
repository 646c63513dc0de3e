import { Injectable } from '@nestjs/common';
import { thousandthsOf, Money } from '@holdfast/shared-kernel';
import { Reads } from '@holdfast/platform';
import type { Demand } from '../domain/demand';

/** A product as it stands for one customer. */
export interface Offer {
  productId: string;
  name: string;
  unitPrice: Money;
  /** Units that are his until `heldUntil`. */
  held: number;
  heldUntil: Date | null;
  /** What he can have of it, what he holds included; nothing of what is not on sale. */
  available: number;
}

interface OfferRow extends Pick<Offer, 'productId' | 'name' | 'held' | 'heldUntil'> {
  price: string;
  currency: string;
  available: string;
}

@Injectable()
export class OfferQueries {
  constructor(private readonly reads: Reads) {}

  /** Retired products too; in no particular order. */
  async of(productIds: readonly string[], customerId: string): Promise<Offer[]> {
    const rows = await this.reads.query<OfferRow>(
      `SELECT p.id AS "productId", p.name, p.price, p.currency, h.held, h."heldUntil",
              CASE WHEN p.active AND p.retired_at IS NULL THEN greatest(0, p.on_hand - h.promised) ELSE 0 END AS available
       FROM catalog.products p CROSS JOIN LATERAL (
         SELECT coalesce(sum(quantity) FILTER (WHERE owner_id <> $2), 0) AS promised,
                coalesce(max(quantity) FILTER (WHERE owner_id = $2), 0) AS held,
                max(expires_at) FILTER (WHERE owner_id = $2) AS "heldUntil"
         FROM catalog.holds WHERE product_id = p.id AND expires_at > clock_timestamp()) h
       WHERE p.id = ANY($1)`,
      [productIds, customerId],
    );
    return rows.map(({ price, currency, available, ...offer }) => ({
      ...offer,
      unitPrice: Money.of(thousandthsOf(price), currency),
      available: Number(available),
    }));
  }
}

/** The same, of products that are locked. */
export const offersOf = (demand: Demand): Offer[] =>
  demand.known.map(({ product }) => ({
    productId: product.id,
    name: product.name,
    unitPrice: product.price,
    held: product.promised.of(demand.customerId),
    heldUntil: product.promised.endOf(demand.customerId) ?? null,
    available: product.isOrderable ? product.availableTo(demand.customerId) : 0,
  }));
