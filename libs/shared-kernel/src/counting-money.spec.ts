import fc from 'fast-check';
import {
  AmountOutOfRange,
  CURRENCIES,
  CurrenciesMixed,
  decimalOf,
  demandByProduct,
  digitsOf,
  Money,
  moneyView,
  thousandthsOf,
} from './index';

const gbp = (amount: string) => Money.parse({ amount, currency: 'GBP' });

describe('counting money', () => {
  it.each([
    ['0', '0.00'],
    ['12', '12.00'],
    ['12.5', '12.50'],
    ['007.05', '7.05'],
    ['9999999999.99', '9999999999.99'],
  ])('reads %s as %s', (amount, shown) => {
    expect(gbp(amount).toView()).toEqual({ amount: shown, currency: 'GBP' });
  });

  it.each(['', ' 1', '-1', '+1', '1.', '.5', '1.999', '1e3', '1,00', '10000000000', 'NaN', '٣', '0x1'])(
    'refuses %j',
    (amount) => {
      expect(Money.isValid({ amount, currency: 'GBP' })).toBe(false);
      expect(() => gbp(amount)).toThrow();
    },
  );

  it.each([
    ['120', 'JPY', '120'],
    ['2990.00', 'HUF', '2990.00'],
    ['99.9', 'PKR', '99.90'],
    ['10.50', 'ALL', '10.50'],
    ['500', 'UGX', '500'],
    ['1.234', 'KWD', '1.234'],
    ['1.5', 'BHD', '1.500'],
    ['9999999999.99', 'KWD', '9999999999.990'],
  ])('reads %s %s as %s, by ISO 4217 and not by locale data', (amount, currency, shown) => {
    expect(Money.parse({ amount, currency }).toView()).toEqual({ amount: shown, currency });
  });

  it.each([
    ['120.5', 'JPY'],
    ['1.234', 'GBP'],
    ['1.2345', 'KWD'],
    ['9999999999.991', 'KWD'],
    ...['gbp', 'XXX', 'XXXX', '', 'CLF', 'XAU'].map((currency) => ['1', currency]),
  ])('refuses %s %s', (amount, currency) => {
    expect(Money.isValid({ amount, currency })).toBe(false);
  });

  it('knows every currency by its digits', () => {
    for (const currency of CURRENCIES) {
      const digits = digitsOf(currency)!;
      const least = digits ? `0.${'1'.padStart(digits, '0')}` : '1';
      expect(Money.parse({ amount: least, currency }).toView().amount).toBe(least);
      expect(Money.isValid({ amount: `0.${'1'.padStart(digits + 1, '0')}`, currency })).toBe(false);
    }
    expect(CURRENCIES).toHaveLength(157);
  });

  it('reads what is stored, whatever the currency has become', () => {
    expect(moneyView('120.000', 'JPY')).toEqual({ amount: '120', currency: 'JPY' });
    expect(moneyView('120.500', 'JPY')).toEqual({ amount: '120.5', currency: 'JPY' });
    expect(moneyView('12.500', 'HRK')).toEqual({ amount: '12.50', currency: 'HRK' });
    expect(Money.of(12_345n, 'HRK').toView()).toEqual({ amount: '12.345', currency: 'HRK' });
  });

  it('is exact for every amount, there and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_999_999_999_990n }), (thousandths) => {
        expect(thousandthsOf(decimalOf(thousandths))).toBe(thousandths);
        expect(Money.of(thousandths, 'KWD').equals(Money.parse(Money.of(thousandths, 'KWD').toView()))).toBe(true);
      }),
    );
  });

  it('adds and multiplies exactly, and never past the largest amount', () => {
    expect(gbp('2499.99').times(2).plus(gbp('25.00')).toView().amount).toBe('5024.98');
    expect(gbp('0.10').plus(gbp('0.20')).equals(gbp('0.30'))).toBe(true);
    expect(() => gbp('9999999999.99').plus(gbp('0.01'))).toThrow(AmountOutOfRange);
    expect(() => gbp('5000000000.00').times(2)).toThrow(AmountOutOfRange);
    expect(() => gbp('1').plus(Money.parse({ amount: '1', currency: 'EUR' }))).toThrow(CurrenciesMixed);
  });
});

describe('summing demand', () => {
  it('sums what names one product twice, in order of first mention', () => {
    const [a, b] = ['a', 'b'].map((productId) => (quantity: number) => ({ productId, quantity }));
    expect(demandByProduct([b(1), a(2), b(2_147_483_647)])).toEqual([b(2_147_483_648), a(2)]);
  });
});
