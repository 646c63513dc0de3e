import { CURRENCIES, Money } from '@holdfast/shared-kernel';
import { AmountNotCollectable } from '../domain/payments.errors';
import { moneyOfStripe, stripeUnitsOf } from './stripe-amounts';

const money = (amount: string, currency: string) => Money.parse({ amount, currency });

describe('counting as Stripe does', () => {
  it.each([
    ['12.50', 'GBP', 1_250],
    ['2990.00', 'HUF', 299_000],
    ['99.90', 'PKR', 9_990],
    ['10.50', 'ALL', 1_050],
    ['500', 'JPY', 500],
    ['500', 'UGX', 50_000],
    ['500', 'ISK', 50_000],
    ['12', 'MGA', 12],
    ['1.230', 'KWD', 1_230],
    ['9999999999.99', 'USD', 999_999_999_999],
  ])('asks for %s %s as %d, and reads it back', (amount, currency, units) => {
    expect(stripeUnitsOf(money(amount, currency))).toBe(units);
    expect(moneyOfStripe(units, currency.toLowerCase()).equals(money(amount, currency))).toBe(true);
  });

  it.each([
    ['1.234', 'KWD'],
    ['0.001', 'BHD'],
    ['10.50', 'MGA'],
  ])('refuses %s %s, which Stripe could only round', (amount, currency) => {
    expect(() => stripeUnitsOf(money(amount, currency))).toThrow(AmountNotCollectable);
  });

  it.each(CURRENCIES)('asks and reads whole units of %s alike', (currency) => {
    const seven = money('7', currency);
    expect(moneyOfStripe(stripeUnitsOf(seven), currency).equals(seven)).toBe(true);
  });
});
