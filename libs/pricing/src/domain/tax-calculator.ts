import { type Address, minorUnitOf, Money } from '@holdfast/shared-kernel';

/** How an order is taxed. It is applied while products are locked, so it waits for nothing. */
export interface TaxTerms {
  /** Whether the amounts contain the tax. */
  readonly inclusive: boolean;
  /** The tax on the amount of one line, half up to the currency's minor unit. */
  taxOn(amount: Money): Money;
}

/**
 * Where tax comes from. The default reads the shop's own rates; an adapter to a tax service extends this class, and
 * takes its place in the module.
 */
export abstract class TaxCalculator {
  /** Called before anything is locked, so it may call a tax service. Without an address there is no tax. */
  abstract termsFor(shipTo: Address | undefined): Promise<TaxTerms>;
}

/** 100 per cent, in the ten-thousandths of a per cent that a rate is counted in. */
const WHOLE = 1_000_000n;

/** Per cent, as a decimal with at most four digits behind the point, from 0 to 100. */
export interface TaxRate {
  rate: string;
  inclusive: boolean;
}

export const NO_TAX: TaxTerms = { inclusive: false, taxOn: ({ currency }) => Money.of(0n, currency) };

export function termsOf({ rate, inclusive }: TaxRate): TaxTerms {
  const share = shareOf(rate);
  const whole = inclusive ? WHOLE + share : WHOLE;
  return {
    inclusive,
    taxOn: ({ thousandths, currency }) => {
      const unit = minorUnitOf(currency);
      return Money.of(((2n * thousandths * share + whole * unit) / (2n * whole * unit)) * unit, currency);
    },
  };
}

/** `8.875` to 88750n. */
function shareOf(rate: string): bigint {
  const [whole, decimals = ''] = rate.split('.');
  return BigInt(whole + decimals.padEnd(4, '0'));
}
