import { Money } from '@holdfast/shared-kernel';
import { HoldPaused, InsufficientStock } from './catalog.errors';
import { Hold, Holds } from './hold';
import { Product } from './product';

const COUNTED = new Date('2026-01-02T03:04:05.678Z');
const later = (milliseconds: number) => new Date(COUNTED.getTime() + milliseconds);
const price = Money.parse({ amount: '3.99', currency: 'GBP' });

/** A product as the repository locks it: with the sum of all holds, and those of known owners. */
const aLockedProduct = (stock: number, heldByOthers = 0) => {
  const product = Product.create({ sku: 'S', name: 'Thing', price }, 'admin', COUNTED);
  Object.assign(product, { onHand: stock, held: new Holds() });
  product.held.setCount({ at: COUNTED, units: heldByOthers });
  return product;
};
const LONGEST = 3_600_000;
const lasting = (ttl: number) => ({ ttl, longest: LONGEST });
const holdOf = (
  product: Product,
  ownerId: string,
  quantity: number,
  expiresAt: Date,
  renewableUntil = later(LONGEST),
) => Hold.of({ productId: product.id, ownerId, quantity, expiresAt, renewableUntil });

describe('holding stock', () => {
  it('keeps held units for their owner, and takes nothing from the stock', () => {
    const product = aLockedProduct(10);
    product.hold(3, 'ann', lasting(900_000));
    expect([product.availableTo('ann'), product.availableTo('bob'), product.availableTo()]).toEqual([10, 7, 7]);
    expect([product.onHand, product.movements]).toEqual([10, []]);
    expect(product.holds).toEqual([holdOf(product, 'ann', 3, later(900_000))]);
  });

  it('shows each owner in a unit of work the holds of the others', () => {
    const product = aLockedProduct(10);
    product.hold(8, 'ann', lasting(1_000));
    expect(() => product.hold(3, 'bob', lasting(1_000))).toThrow(InsufficientStock);
    product.hold(2, 'bob', lasting(1_000));
    product.dropHold('ann');
    expect(product.availableTo('bob')).toBe(10);
    expect([product.held.unitsOf('ann'), product.held.unitsOf('bob')]).toEqual([0, 2]);
  });

  it('replaces what the owner held before, and extends it', () => {
    const product = aLockedProduct(10, 4);
    product.held.setHold('ann', holdOf(product, 'ann', 4, later(1)));
    product.hold(6, 'ann', lasting(1_000));
    expect(product.availableTo('bob')).toBe(4);
    product.hold(2, 'ann', lasting(2_000));
    expect(product.availableTo('bob')).toBe(8);
    expect(product.holds).toEqual([holdOf(product, 'ann', 2, later(2_000))]);
  });

  it('stops counting an expired hold, and can renew it', () => {
    const product = aLockedProduct(10, 0);
    product.held.setHold('ann', holdOf(product, 'ann', 4, COUNTED));
    expect([product.availableTo('bob'), product.held.unitsOf('ann'), product.held.expiryOf('ann')]).toEqual([
      10,
      0,
      undefined,
    ]);
    product.hold(4, 'ann', lasting(1_000));
    expect([product.availableTo('bob'), product.held.expiryOf('ann')]).toEqual([6, later(1_000)]);
    expect(product.holds).toHaveLength(1);
  });

  it('measures all owners at the moment of the first count', () => {
    const product = aLockedProduct(10, 4);
    // By the second lookup bob's hold has expired; it is in the count, so it still counts.
    product.held.setCount({ at: later(5), units: 0 });
    product.held.setHold('bob', holdOf(product, 'bob', 4, later(3)));
    expect([product.held.unitsOf('bob'), product.availableTo('bob'), product.availableTo('ann')]).toEqual([4, 10, 6]);
  });

  it('never offers less than nothing when an admin has cut below what is held', () => {
    const product = aLockedProduct(10);
    product.hold(7, 'ann', lasting(1_000));
    product.adjust(-6, 'broken', 'admin', COUNTED);
    expect([product.availableTo('bob'), product.availableTo()]).toEqual([0, 0]);
    expect(product.availableTo('ann')).toBe(4);
  });

  it('ends with the sale', () => {
    const product = aLockedProduct(10);
    product.hold(3, 'ann', lasting(1_000));
    product.sell(2, 'o1', 'ann', COUNTED);
    expect([product.holds, product.availableTo('bob')]).toEqual([[], 8]);
  });

  it('refuses to say what is available before the holds were counted', () => {
    const product = aLockedProduct(10);
    Object.assign(product, { held: new Holds() });
    expect(() => product.availableTo('ann')).toThrow('were not counted');
  });

  const PAUSE = 600_000;
  /** Ends of an earlier hold, in milliseconds from the count: of the hold, and of its renewals. */
  it.each<[what: string, expires: number, renewable: number, end: number | 'paused', newLimit: number]>([
    ['a live one is renewed', 1_000, 2_000_000, 900_000, 2_000_000],
    ['a live one, at most to its limit', 1_000, 5_000, 5_000, 5_000],
    ['an expired one is renewed under its limit', -1, 5_000, 5_000, 5_000],
    ['a pause does not begin before the limit', 1 - PAUSE, 1, 1, 1],
    ['at its limit it pauses', 0, 0, 'paused', 0],
    ['beyond its limit it pauses', -1, -1, 'paused', -1],
    ['given up before its limit, it pauses from then on', 1 - PAUSE, 0, 'paused', 0],
    ['after the pause it is the first again', -PAUSE, -PAUSE, 900_000, LONGEST],
    ['after a pause without a limit it is the first again', -PAUSE, 1, 900_000, LONGEST],
  ])('has a longest time: %s', (_, expires, renewable, end, newLimit) => {
    const product = aLockedProduct(10, expires > 0 ? 4 : 0);
    const hold = holdOf(product, 'ann', 4, later(expires), later(renewable));
    product.held.setHold('ann', hold);
    if (end === 'paused') {
      expect(product.held.pausedUntil('ann')).toEqual(later(expires + PAUSE));
      expect(() => product.hold(2, 'ann', lasting(900_000))).toThrow(HoldPaused);
    } else {
      product.hold(2, 'ann', lasting(900_000));
      expect([hold.expiresAt, product.held.pausedUntil('ann')]).toEqual([later(end), undefined]);
    }
    expect(hold.renewableUntil).toEqual(later(newLimit));
  });

  it('that is given up keeps its limit', () => {
    const product = aLockedProduct(10);
    product.hold(3, 'ann', lasting(900_000));
    product.dropHold('ann');
    expect(product.holds).toEqual([holdOf(product, 'ann', 3, COUNTED)]);
    expect([product.availableTo('bob'), product.held.expiryOf('ann')]).toEqual([10, undefined]);
  });
});
