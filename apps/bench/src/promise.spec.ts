import { ensureAsExpected, PromiseBroken } from './promise';

describe('a run of the benchmarks', () => {
  it.each([
    ['of expected answers has a figure', {}, 10, undefined],
    ['with another answer has none', { 503: 2 }, 10, /"orders": 2 × 503/],
    ['with a failed request has none', { 'socket hang up': 1 }, 10, /1 × socket hang up/],
    ['without any answer has none', {}, 0, /no answer in time/],
  ])('%s', (_what, others, perSecond, complaint) => {
    const check = () => ensureAsExpected('orders', { others, perSecond });
    if (!complaint) return expect(check).not.toThrow();
    expect(check).toThrow(complaint);
    expect(check).toThrow(PromiseBroken);
  });
});
