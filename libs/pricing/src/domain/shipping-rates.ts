import { type Address, CurrenciesMixed, Money } from '@holdfast/shared-kernel';

/** What shipping an order costs. It may be decided while products are locked, so it waits for nothing. */
export interface ShippingTerms {
  /** The code of the method; null where the shop has none. */
  readonly method: string | null;
  /** Throws the DomainError that refuses the order, as it is answered under the lock. */
  priceFor(subtotal: Money): Money;
}

/**
 * Where the prices of shipping come from. The default reads the shop's own methods; an adapter to a carrier extends
 * this class, and takes its place in the module.
 */
export abstract class ShippingRates {
  /** Called before anything is locked, so it may call a carrier. It refuses by terms that throw. */
  abstract termsFor(method: string | undefined, shipTo: Address | undefined): Promise<ShippingTerms>;
}

export interface ShippingMethod {
  code: string;
  name: string;
  price: Money;
  /** Shipping is free from this subtotal. */
  freeFrom: Money | null;
  /** Countries that the method ships to; null for all. */
  countries: readonly string[] | null;
}

/** Throws CurrenciesMixed when the order has another currency. */
export function priceOf({ price, freeFrom }: ShippingMethod, subtotal: Money): Money {
  if (price.currency !== subtotal.currency) throw new CurrenciesMixed(subtotal.currency, price.currency);
  const isFree = freeFrom !== null && subtotal.thousandths >= freeFrom.thousandths;
  return isFree ? Money.of(0n, price.currency) : price;
}

export const shipsTo = ({ countries }: ShippingMethod, country: string): boolean =>
  countries === null || countries.includes(country);
