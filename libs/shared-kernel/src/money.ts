import { DomainError } from './domain-error';

/** Money as it travels: a decimal string with the currency's digits, never a float. */
export interface MoneyView {
  amount: string;
  currency: string;
}

/** The largest amount `numeric(12,2)` holds, 9999999999.99, in hundredths. */
const LARGEST = 999_999_999_999n;

/** ISO 4217 currencies whose minor unit fits two digits, with their number of digits. */
const DIGITS = new Map(
  Intl.supportedValuesOf('currency')
    .map((currency): [string, number] => [
      currency,
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2,
    ])
    .filter(([, digits]) => digits <= 2),
);

/** An exact, non-negative amount in one currency, counted in hundredths. Immutable. */
export class Money {
  private constructor(
    readonly hundredths: bigint,
    readonly currency: string,
  ) {}

  static of(hundredths: bigint, currency: string): Money {
    if (hundredths < 0n || hundredths > LARGEST) throw new AmountOutOfRange();
    return new Money(hundredths, currency);
  }

  /** Reads `12.50`. Use {@link Money.isValid} first where the text comes from outside. */
  static parse(view: MoneyView): Money {
    if (!Money.isValid(view)) throw new TypeError(`not an amount of money: ${JSON.stringify(view)}`);
    return Money.of(hundredthsOf(view.amount), view.currency);
  }

  static isValid({ amount, currency }: MoneyView): boolean {
    const digits = DIGITS.get(currency);
    if (digits === undefined || !/^\d{1,10}(\.\d{1,2})?$/.test(amount)) return false;
    return (amount.split('.')[1] ?? '').length <= digits;
  }

  /** Throws {@link AmountOutOfRange} above 9999999999.99. */
  plus(other: Money): Money {
    if (other.currency !== this.currency) throw new CurrenciesMixed(this.currency, other.currency);
    return Money.of(this.hundredths + other.hundredths, this.currency);
  }

  /** Throws {@link AmountOutOfRange} above 9999999999.99. */
  times(quantity: number): Money {
    return Money.of(this.hundredths * BigInt(quantity), this.currency);
  }

  equals(other: Money): boolean {
    return this.hundredths === other.hundredths && this.currency === other.currency;
  }

  toView(): MoneyView {
    return moneyView(decimalOf(this.hundredths), this.currency);
  }
}

/** The `MoneyView` of a stored `numeric(12,2)`, such as `12.50`: the decimals are cut to the currency's digits. */
export function moneyView(numeric: string, currency: string): MoneyView {
  const digits = DIGITS.get(currency) ?? 2;
  return { amount: digits === 2 ? numeric : numeric.slice(0, digits === 0 ? -3 : -1), currency };
}

/** `12.5` to 1250n. */
export function hundredthsOf(numeric: string): bigint {
  const [whole, decimals = ''] = numeric.split('.');
  return BigInt(whole + decimals.padEnd(2, '0'));
}

/** 1250n to `12.50`. */
export function decimalOf(hundredths: bigint): string {
  const digits = hundredths.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
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
