import { digitsOf, Money } from '@holdfast/shared-kernel';
import { AmountNotCollectable } from '../domain/payments.errors';

/** Stripe's digits where they differ from ISO 4217 (docs.stripe.com/currencies, "Special cases"). */
const EXCEPTIONS: Record<string, number> = { ISK: 2, UGX: 2, MGA: 0 };

/** How many of Stripe's units one of the currency has, as a power of ten. */
const stripeDigitsOf = (currency: string): number => EXCEPTIONS[currency] ?? digitsOf(currency) ?? 2;

/** The amount as Stripe counts it. Throws {@link AmountNotCollectable} for one that Stripe could only round. */
export function stripeUnitsOf(amount: Money): number {
  const digits = stripeDigitsOf(amount.currency);
  const perUnit = 10n ** BigInt(3 - digits);
  // Stripe counts three digits, and takes only amounts whose last digit is zero.
  const step = digits === 3 ? 10n : perUnit;
  if (amount.thousandths % step !== 0n) throw new AmountNotCollectable('stripe', amount);
  return Number(amount.thousandths / perUnit);
}

/** The money that Stripe's integer stands for. `currency` in any case. */
export function moneyOfStripe(units: number, currency: string): Money {
  const code = currency.toUpperCase();
  return Money.of(BigInt(units) * 10n ** BigInt(3 - stripeDigitsOf(code)), code);
}
