import type { ProductImage } from '@holdfast/contracts';
import {
  AmountOutOfRange,
  CurrenciesMixed,
  type Money,
  type MoneyView,
  type ProductQuantity,
} from '@holdfast/shared-kernel';
import type { Offer } from '@holdfast/catalog';

export interface CartLineView {
  productId: string;
  name: string;
  image: ProductImage | null;
  quantity: number;
  unitPrice: MoneyView;
  subtotal: MoneyView | null;
  held: number;
  available: number;
  pausedUntil: string | null;
}

export interface CartView {
  items: CartLineView[];
  total: MoneyView | null;
  expiresAt: string | null;
}

/** The lines of a cart, in their order, at the catalogue's current offers. */
export function cartView(lines: readonly ProductQuantity[], offers: readonly Offer[]): CartView {
  const offerOf = new Map(offers.map((offer) => [offer.productId, offer]));
  const offered = lines.flatMap(({ productId, quantity }) => {
    const offer = offerOf.get(productId);
    return offer ? [{ quantity, offer, subtotal: amount(() => offer.unitPrice.times(quantity)) }] : [];
  });
  const ends = offered.flatMap(({ offer: { heldUntil } }) => heldUntil?.getTime() ?? []);
  return {
    items: offered.map(
      ({ quantity, offer: { productId, name, image, unitPrice, held, available, pausedUntil }, subtotal }) => ({
        productId,
        name,
        image,
        quantity,
        unitPrice: unitPrice.toView(),
        subtotal: subtotal?.toView() ?? null,
        held,
        available,
        pausedUntil: pausedUntil?.toISOString() ?? null,
      }),
    ),
    total: totalOf(offered.map(({ subtotal }) => subtotal))?.toView() ?? null,
    expiresAt: ends.length ? new Date(Math.min(...ends)).toISOString() : null,
  };
}

function totalOf(subtotals: (Money | null)[]): Money | null {
  const known = subtotals.filter((subtotal) => subtotal !== null);
  if (!known.length || known.length < subtotals.length) return null;
  return amount(() => known.reduce((sum, subtotal) => sum.plus(subtotal)));
}

/** Null for a sum that is no amount: a cart may hold more than one order can. */
function amount(compute: () => Money): Money | null {
  try {
    return compute();
  } catch (error) {
    if (error instanceof AmountOutOfRange || error instanceof CurrenciesMixed) return null;
    throw error;
  }
}
