import { taxTermsOf } from '@holdfast/pricing';
import { minorUnitOf, Money } from '@holdfast/shared-kernel';
import { Order } from './order';
import { NO_TERMS, taxOfFirst, type Terms } from './order-totals';
import { PriceChanged } from './ordering.errors';

const AT = new Date('2026-01-02T03:04:05.678Z');
const money = (amount: string, currency = 'GBP') => Money.parse({ amount, currency });
const line = (unitPrice: Money, quantity = 1) => ({
  ...{ productId: `p${unitPrice.thousandths}`, sku: 'S', name: 'Thing', unitPrice, quantity },
});
const place = (lines: ReturnType<typeof line>[], terms: Terms, expectedTotal?: Money) =>
  Order.place({ id: 'o', customerId: 'c', lines, terms, expectedTotal, at: AT });
const termsOf = (rate: string, inclusive: boolean, shipping: Money): Terms => {
  const tax = taxTermsOf({ rate, inclusive });
  return {
    ...NO_TERMS,
    shippingMethod: 'standard',
    shippingFor: () => shipping,
    taxInclusive: inclusive,
    taxOn: (amount) => tax.taxOn(amount),
  };
};
const amountsOf = ({ subtotal, shipping, tax, total }: Order) =>
  [subtotal, shipping, tax, total].map((each) => each.toView().amount);

describe('adding up an order', () => {
  it.each([
    ['tax on top', '20', false, ['12.02', '2.99', '3.00', '18.01']],
    ['tax within', '20', true, ['12.02', '2.99', '2.51', '15.01']],
    ['an odd rate', '8.875', false, ['12.02', '2.99', '1.33', '16.34']],
    ['no tax', '0', false, ['12.02', '2.99', '0.00', '15.01']],
    ['as much tax as price', '100', false, ['12.02', '2.99', '15.01', '30.02']],
  ])('charges lines, shipping and %s', (_what, rate, inclusive, amounts) => {
    const lines = [line(money('3.99'), 3), line(money('0.05'))];
    const order = place(lines, termsOf(rate, inclusive, money('2.99')));
    expect(amountsOf(order)).toEqual(amounts);
  });

  it('rounds half up, line by line', () => {
    // 10 % of 0.05 is half a penny: twice a penny for two lines, and one for one line of both.
    const halves = [line(money('0.05')), { ...line(money('0.05')), productId: 'other' }];
    expect(amountsOf(place(halves, termsOf('10', false, money('0'))))[2]).toBe('0.02');
    expect(amountsOf(place([line(money('0.05'), 2)], termsOf('10', false, money('0'))))[2]).toBe('0.01');
  });

  it('compares the expected total with shipping and tax in it', () => {
    const [lines, terms] = [[line(money('10.00'))], termsOf('20', false, money('5.00'))];
    expect(() => place(lines, terms, money('10.00'))).toThrow(PriceChanged);
    expect(amountsOf(place(lines, terms, money('18.00')))).toEqual(['10.00', '5.00', '3.00', '18.00']);
  });
});

/** A linear congruential generator (Numerical Recipes): the same baskets in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('10,000 random baskets', () => {
  const random = numbers(20261128);
  const below = (limit: number): number => Math.floor(random.next().value * limit);

  it.each(
    ['JPY', 'GBP', 'KWD'].flatMap((currency) => [true, false].map((inclusive) => [currency, inclusive] as const)),
  )('add up to the last minor unit in %s, tax inclusive: %s', (currency, inclusive) => {
    const unit = minorUnitOf(currency);
    const sum = (amounts: Money[]) => amounts.reduce((total, { thousandths }) => total + thousandths, 0n);
    const faults: string[] = [];
    const ensure = (isTrue: boolean, what: string) => void (isTrue || faults.push(what));
    for (let basket = 0; basket < 1_667; basket++) {
      const share = below(1_000_001);
      const rate = `${Math.floor(share / 10_000)}.${String(share % 10_000).padStart(4, '0')}`;
      const terms = termsOf(rate, inclusive, Money.of(BigInt(below(5_000)) * unit, currency));
      const lines = Array.from({ length: 1 + below(12) }, (_, n) => ({
        ...line(Money.of(BigInt(below(200_000)) * unit, currency), 1 + below(9)),
        productId: `p${n}`,
      }));
      const order = place(lines, terms);
      const { subtotal, shipping, tax, shippingTax, total } = order;
      const amounts = [...order.lines.map((each) => each.subtotal), shipping];
      const taxes = [...order.lines.map((each) => each.tax), shippingTax];
      ensure(sum(amounts) === sum([subtotal, shipping]), 'lines');
      ensure(sum(taxes) === tax.thousandths, 'taxes');
      ensure(sum([subtotal, shipping, ...(inclusive ? [] : [tax])]) === total.thousandths, 'total');
      const whole = BigInt(inclusive ? 1_000_000 + share : 1_000_000);
      for (const [n, { thousandths }] of taxes.entries()) {
        // Half up: at most half a unit above the exact tax, and less than half a unit below.
        const error = 2n * (thousandths * whole - amounts[n].thousandths * BigInt(share));
        ensure(thousandths % unit === 0n && error > -unit * whole && error <= unit * whole, `rounding at ${rate}`);
      }
      for (const { quantity, tax: lineTax } of order.lines) {
        const parts = Array.from({ length: quantity + 1 }, (_, k) => taxOfFirst(k, quantity, lineTax).thousandths);
        ensure(parts[0] === 0n && parts[quantity] === lineTax.thousandths, 'all parts of a tax');
        const isRising = parts.every((part, k) => part % unit === 0n && (k === 0 || part >= parts[k - 1]));
        ensure(isRising, 'a part of a tax');
      }
    }
    expect(faults).toEqual([]);
  });
});
