import { CURRENCIES, digitsOf, Money } from '@holdfast/shared-kernel';
import { AmountNotCollectable } from '../domain/payments.errors';
import { moneyOfPayPal, payPalMoneyOf } from './paypal-wire';
import { moneyOfStripe, stripeUnitsOf } from './stripe-provider';

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
    ['1000000000.000', 'KWD'],
  ])('refuses %s %s, which Stripe could only round, or not write', (amount, currency) => {
    expect(() => stripeUnitsOf(money(amount, currency))).toThrow(AmountNotCollectable);
  });

  it.each(CURRENCIES)('asks and reads whole units of %s alike', (currency) => {
    const seven = money('7', currency);
    expect(moneyOfStripe(stripeUnitsOf(seven), currency).equals(seven)).toBe(true);
  });
});

describe('counting as PayPal does', () => {
  it.each([
    ['12.50', 'GBP', '12.50'],
    ['7', 'EUR', '7.00'],
    ['0.01', 'USD', '0.01'],
    ['2990.00', 'HUF', '2990'],
    ['2990', 'TWD', '2990'],
    ['500', 'JPY', '500'],
    ['9999999999.99', 'USD', '9999999999.99'],
  ])('writes %s %s as %s, and reads it back', (amount, currency, value) => {
    expect(payPalMoneyOf(money(amount, currency))).toEqual({ currency_code: currency, value });
    expect(moneyOfPayPal({ currency_code: currency, value }).equals(money(amount, currency))).toBe(true);
  });

  it('reads zeros behind a currency without decimals', () => {
    for (const currency of ['JPY', 'HUF'])
      expect(moneyOfPayPal({ currency_code: currency, value: '500.00' }).equals(money('500', currency))).toBe(true);
  });

  it.each([
    ['2990.50', 'HUF'],
    ['0.01', 'TWD'],
    ['7', 'KWD'],
    ['7', 'INR'],
  ])('refuses %s %s, which PayPal does not take', (amount, currency) => {
    expect(() => payPalMoneyOf(money(amount, currency))).toThrow(AmountNotCollectable);
  });

  it('takes 24 of the currencies, in their smallest unit or, three of them, in whole', () => {
    const takes = (amount: string) => (currency: string) => {
      try {
        return !!payPalMoneyOf(money(amount, currency));
      } catch {
        return false;
      }
    };
    expect(CURRENCIES.filter(takes('1'))).toHaveLength(24);
    const fractional = CURRENCIES.filter((currency) => digitsOf(currency) === 2);
    expect(fractional.filter(takes('1.01'))).toHaveLength(21);
  });
});
