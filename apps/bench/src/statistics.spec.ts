import { figureOf, isMet, median, medianOf, percentile } from './statistics';

describe('the statistics of the benchmarks', () => {
  it('take the middle, which one disturbed run does not move', () => {
    expect(median([3_000, 2_900, 12])).toBe(2_900);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('take the median of each figure by itself', () => {
    const runs = [
      { perSecond: 1, p50: 30, p99: 200 },
      { perSecond: 3, p50: 10, p99: 300 },
      { perSecond: 2, p50: 20, p99: 100 },
    ];
    expect(medianOf(runs)).toEqual({ perSecond: 2, p50: 20, p99: 200 });
  });

  it('read a percentile as the smallest value that so many do not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([7], 0.99)]).toEqual([50, 99, 7]);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('count a run by its answers, in whatever order they came', () => {
    expect(figureOf(Float64Array.of(10, 9, 100, 8), 2)).toEqual({ perSecond: 2, p50: 9, p99: 100 });
  });

  it('meet a target at the target itself, and never without a figure', () => {
    expect([isMet(2.5, { atLeast: 2.5 }), isMet(2.49, { atLeast: 2.5 })]).toEqual([true, false]);
    expect([isMet(1, { atMost: 1 }), isMet(1.01, { atMost: 1 })]).toEqual([true, false]);
    expect([isMet(NaN, { atLeast: 1 }), isMet(NaN, { atMost: 1 })]).toEqual([false, false]);
  });
});
