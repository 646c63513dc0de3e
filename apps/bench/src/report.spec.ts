import { comparison, markdown, rounded, svg } from './report';

describe('the report of the benchmarks', () => {
  it('gives three digits', () => {
    expect([1.234, 12.34, 123.4, 12_345.6, NaN, undefined].map(rounded)).toEqual([
      ...['1.23', '12.3', '123', '12,346', '–', '–'],
    ]);
  });

  it('shows whether a ratio meets its target, and nothing without a target', () => {
    expect(comparison('orders/s', 800, 100, { atLeast: 8 }).slice(3)).toEqual(['8.00 ×', '≥ 8 ×', 'met']);
    expect(comparison('orders/s', 799, 100, { atLeast: 8 }).at(-1)).toBe('MISSED');
    expect(comparison('p99 ms', 11, 10, { atMost: 1 }).slice(3)).toEqual(['1.10 ×', '≤ 1 ×', 'MISSED']);
    expect(comparison('pages/s', 1, 2).slice(3)).toEqual(['0.50 ×', '', '']);
  });

  const bars = [
    { label: 'a < b', value: 10 },
    { label: 'c & d', value: 5 },
  ];

  it('is a table of markdown, figures to the right', () => {
    const report = { name: 'x', title: 'Orders', head: ['', 'per s'], rows: [['hot', '1']], notes: ['So it is.'] };
    expect(markdown(report)).toBe('**Orders**\n\n|  | per s |\n| --- | --: |\n| hot | 1 |\n\nSo it is.');
  });

  it('draws bars in proportion, whatever their labels', () => {
    const drawn = svg('Orders', { unit: 'per s', bars });
    const lengths = [...drawn.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, length]) => Number(length));
    expect(lengths).toHaveLength(2);
    expect(lengths[0]).toBe(2 * lengths[1]);
    expect(drawn).toContain('>a &lt; b</text>');
    expect(drawn).toContain('>c &amp; d</text>');
  });
});
