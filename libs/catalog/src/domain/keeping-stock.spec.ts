import { MAX_QUANTITY, Money } from '@holdfast/shared-kernel';
import { InsufficientStock, StockChanged, StockTooLarge } from './catalog.errors';
import { Product } from './product';

const AT = new Date('2026-01-02T03:04:05.678Z');
const LATER = new Date('2026-01-02T03:04:06.000Z');
const PRICE = Money.parse({ amount: '3.99', currency: 'GBP' });
const aProduct = (stock = 10) => Product.create({ sku: 'S', name: 'Thing', price: PRICE, stock }, 'admin', AT);
const ledger = (product: Product) =>
  product.movements.map(({ kind, delta, balanceAfter }) => [kind, delta, balanceAfter]);

describe('keeping stock', () => {
  it('begins the ledger with the initial stock, and leaves it empty without any', () => {
    expect(ledger(aProduct(10))).toEqual([['initial', 10, 10]]);
    expect(ledger(aProduct(0))).toEqual([]);
  });

  it('explains every unit', () => {
    const product = aProduct(10);
    product.sell(4, 'o1', 'ann', LATER);
    product.takeBack(1, 'o1', 'ann', LATER);
    product.adjust(-2, 'broken', 'admin', LATER);
    expect(product.onHand).toBe(5);
    expect(ledger(product)).toEqual([
      ['initial', 10, 10],
      ['order-placed', -4, 6],
      ['order-canceled', 1, 7],
      ['adjustment', -2, 5],
    ]);
    expect(product.movements[1]).toMatchObject({ orderId: 'o1', actorId: 'ann', reason: null, at: null });
    expect(product).toMatchObject({ version: 4, updatedAt: LATER });
  });

  it('never goes below zero', () => {
    const product = aProduct(3);
    expect(() => product.adjust(-4, 'broken', 'admin', AT)).toThrow(InsufficientStock);
    expect(() => product.sell(4, 'o1', 'ann', AT)).toThrow(InsufficientStock);
    expect(product).toMatchObject({ onHand: 3, version: 1 });
    expect(ledger(product)).toEqual([['initial', 3, 3]]);
  });

  it('never exceeds what the database can count', () => {
    const product = aProduct(MAX_QUANTITY);
    expect(() => product.adjust(1, 'more', 'admin', AT)).toThrow(StockTooLarge);
    expect(product.onHand).toBe(MAX_QUANTITY);
  });

  it('always takes back what an order had taken', () => {
    const product = aProduct(10);
    product.sell(5, 'o1', 'ann', AT);
    product.setOnHand(MAX_QUANTITY, 5, 'count', 'admin', AT);
    product.takeBack(5, 'o1', 'ann', AT);
    expect(product.onHand).toBe(MAX_QUANTITY + 5);
  });

  it('is set only against the expected number, and not booked when nothing changes', () => {
    const product = aProduct(5);
    expect(() => product.setOnHand(9, 4, 'count', 'admin', AT)).toThrow(StockChanged);
    expect(product.setOnHand(5, 5, 'count', 'admin', AT)).toBeUndefined();
    expect(product.setOnHand(3, 5, 'count', 'admin', AT)).toMatchObject({
      delta: -2,
      balanceAfter: 3,
      reason: 'count',
    });
    expect(ledger(product)).toHaveLength(2);
  });
});

describe('a product', () => {
  it('changes only the given fields, and announces them', () => {
    const product = aProduct();
    product.takeEvents();
    product.change({ price: Money.parse({ amount: '4.50', currency: 'GBP' }) }, LATER);
    expect(product).toMatchObject({ name: 'Thing', version: 2, updatedAt: LATER });
    expect(product.price.toView().amount).toBe('4.50');
    expect(product.takeEvents()).toEqual([
      { type: 'catalog.product-changed', productId: product.id, price: { amount: '4.50', currency: 'GBP' } },
    ]);
    product.change({}, LATER);
    expect([product.version, product.takeEvents()]).toEqual([2, []]);
  });

  it('can be ordered only while it is on sale', () => {
    const product = aProduct();
    expect(product.isOrderable).toBe(true);
    product.change({ active: false }, LATER);
    expect(product.isOrderable).toBe(false);
    product.change({ active: true }, LATER);
    product.retire(LATER);
    expect([product.isOrderable, product.isRetired]).toEqual([false, true]);
  });
});
