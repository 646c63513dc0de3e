import fc from 'fast-check';
import { AmountOutOfRange, CurrenciesMixed, decimalOf, demandByProduct, hundredthsOf, Money, moneyView } from './index';

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

  it('knows the digits of a currency', () => {
    expect(Money.isValid({ amount: '120', currency: 'JPY' })).toBe(true);
    expect(Money.isValid({ amount: '120.5', currency: 'JPY' })).toBe(false);
    expect(moneyView('120.00', 'JPY')).toEqual({ amount: '120', currency: 'JPY' });
    for (const currency of ['gbp', 'XXXX', '', 'KWD']) expect(Money.isValid({ amount: '1', currency })).toBe(false);
  });

  it('is exact for every amount, there and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999n }), (hundredths) => {
        expect(hundredthsOf(decimalOf(hundredths))).toBe(hundredths);
        expect(gbp(decimalOf(hundredths)).hundredths).toBe(hundredths);
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
