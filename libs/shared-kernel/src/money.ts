import { digitsOf } from './currencies';
import { DomainError } from './domain-error';

/** Money as it travels: a decimal string with the currency's digits, never a float. */
export interface MoneyView {
  amount: string;
  currency: string;
}

/** 9999999999.99, in thousandths: the largest amount in any currency. */
const LARGEST = 9_999_999_999_990n;

/** An exact, non-negative amount in one currency, counted in thousandths. Immutable. */
export class Money {
  private constructor(
    readonly thousandths: bigint,
    readonly currency: string,
  ) {}

  /** Takes any currency, so that every stored amount can be read. Throws {@link AmountOutOfRange}. */
  static of(thousandths: bigint, currency: string): Money {
    if (thousandths < 0n || thousandths > LARGEST) throw new AmountOutOfRange();
    return new Money(thousandths, currency);
  }

  /** Reads `12.50`. Text from outside is checked with {@link Money.isValid} first. */
  static parse(view: MoneyView): Money {
    if (!Money.isValid(view)) throw new TypeError(`not an amount of money: ${JSON.stringify(view)}`);
    return Money.of(thousandthsOf(view.amount), view.currency);
  }

  /** True for a decimal with at most the digits that ISO 4217 gives the currency, at most 9999999999.99. */
  static isValid({ amount, currency }: MoneyView): boolean {
    const digits = digitsOf(currency);
    if (digits === undefined || !/^\d{1,10}(\.\d{1,3})?$/.test(amount)) return false;
    return (amount.split('.')[1] ?? '').length <= digits && thousandthsOf(amount) <= LARGEST;
  }

  /** Throws {@link AmountOutOfRange} above 9999999999.99. */
  plus(other: Money): Money {
    if (other.currency !== this.currency) throw new CurrenciesMixed(this.currency, other.currency);
    return Money.of(this.thousandths + other.thousandths, this.currency);
  }

  /** Throws {@link AmountOutOfRange} above 9999999999.99. */
  times(quantity: number): Money {
    return Money.of(this.thousandths * BigInt(quantity), this.currency);
  }

  equals(other: Money): boolean {
    return this.thousandths === other.thousandths && this.currency === other.currency;
  }

  toView(): MoneyView {
    return moneyView(decimalOf(this.thousandths), this.currency);
  }
}

/**
 * The `MoneyView` of a stored `numeric(13,3)` such as `12.500`: the decimals are cut to the currency's digits. Digits
 * that the currency does not have are kept where they are not zero, so that what is stored is what is shown.
 */
export function moneyView(numeric: string, currency: string): MoneyView {
  const [whole, decimals = ''] = numeric.split('.');
  const digits = digitsOf(currency) ?? 2;
  const shown = decimals.replace(/0+$/, '').padEnd(digits, '0');
  return { amount: shown === '' ? whole : `${whole}.${shown}`, currency };
}

/** `12.5` to 12500n. */
export function thousandthsOf(numeric: string): bigint {
  const [whole, decimals = ''] = numeric.split('.');
  return BigInt(whole + decimals.padEnd(3, '0'));
}

/** 12500n to `12.500`. */
export function decimalOf(thousandths: bigint): string {
  const digits = thousandths.toString().padStart(4, '0');
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

export class AmountOutOfRange extends DomainError {
  constructor() {
    super('amount-out-of-range', 'invalid', 'The amount is larger than 9999999999.99.');
  }
}

export class CurrenciesMixed extends DomainError {
  constructor(first: string, second: string) {
    super(
      'currencies-mixed',
      'invalid',
      `One order has one currency; these products are priced in ${first} and ${second}.`,
    );
  }
}
