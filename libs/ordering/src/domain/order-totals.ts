import { type Address, minorUnitOf, Money } from '@holdfast/shared-kernel';

/**
 * What is charged beside the prices. It is looked up before the products are locked, so that it may come from a carrier
 * or a tax service, and decides under the lock from its arguments alone. Both functions may throw a DomainError.
 */
export interface Terms {
  readonly shipTo: Address | null;
  /** The code of the shipping method. */
  readonly shippingMethod: string | null;
  /** Whether the amounts contain the tax. */
  readonly taxInclusive: boolean;
  shippingFor(subtotal: Money): Money;
  /** The tax on the amount of one line, rounded to the minor unit. */
  taxOn(amount: Money): Money;
}

const nothingOf = ({ currency }: Money): Money => Money.of(0n, currency);

/** Neither shipping nor tax. */
export const NO_TERMS: Terms = {
  ...{ shipTo: null, shippingMethod: null, taxInclusive: false },
  ...{ shippingFor: nothingOf, taxOn: nothingOf },
};

/** Tax is rounded line by line, and shipping is taxed as one more line: so the parts add up to the total exactly. */
export function totalsOf(subtotals: readonly Money[], terms: Terms) {
  const subtotal = sum(subtotals);
  const shipping = terms.shippingFor(subtotal);
  const net = subtotal.plus(shipping);
  const lineTaxes = subtotals.map((amount) => terms.taxOn(amount));
  const shippingTax = terms.taxOn(shipping);
  const tax = sum([...lineTaxes, shippingTax]);
  return { shipping, shippingTax, lineTaxes, tax, total: terms.taxInclusive ? net : net.plus(tax) };
}

const sum = (amounts: readonly Money[]): Money => amounts.reduce((total, amount) => total.plus(amount));

/** The tax in the first `k` of the `n` units of a line: half up, so that all parts together are exactly its tax. */
export function taxOfFirst(k: number, n: number, tax: Money): Money {
  if (k === n) return tax;
  const { thousandths, currency } = tax;
  const unit = minorUnitOf(currency);
  const units = thousandths / unit;
  return Money.of(((2n * units * BigInt(k) + BigInt(n)) / (2n * BigInt(n))) * unit, currency);
}
