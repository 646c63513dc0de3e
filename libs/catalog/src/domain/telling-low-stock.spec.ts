import { Money } from '@holdfast/shared-kernel';
import { Product } from './product';

const AT = new Date('2026-01-02T03:04:05.678Z');
const PRICE = Money.parse({ amount: '3.99', currency: 'GBP' });
const NOTHING = { description: '', active: true, unitLimit: null, categoryId: null, externalId: null };

function aProduct(stock: number, lowStockThreshold: number | null): Product {
  const product = Product.create(
    { ...NOTHING, sku: 'S', name: 'Thing', price: PRICE, stock, lowStockThreshold },
    'ann',
    AT,
  );
  product.takeEvents();
  return product;
}

const sell = (product: Product, quantity: number) => product.sell(quantity, 'order', 'ann', AT);
/** On hand, as often as it was told to be low since the last look. */
const told = (product: Product): number[] =>
  product.takeEvents().flatMap((event) => {
    return event.type === 'catalog.stock-low' ? [(event as unknown as { onHand: number }).onHand] : [];
  });

describe('telling low stock', () => {
  it('says what it is about', () => {
    const product = aProduct(10, 5);
    sell(product, 7);
    const { id: productId } = product;
    expect(product.takeEvents()).toEqual([{ type: 'catalog.stock-low', productId, sku: 'S', onHand: 3, threshold: 5 }]);
  });

  it('tells when stock comes to the threshold, and not before', () => {
    const product = aProduct(10, 5);
    sell(product, 4);
    expect(told(product)).toEqual([]);
    sell(product, 1);
    expect(told(product)).toEqual([5]);
  });

  it('tells once, until stock was above again', () => {
    const product = aProduct(10, 5);
    sell(product, 6);
    sell(product, 1);
    product.adjust(-1, 'broken', 'ann', AT);
    expect(told(product)).toEqual([4]);
    product.takeBack(3, 'order', 'ann', AT);
    sell(product, 1);
    expect([product.onHand, told(product)]).toEqual([4, []]);
    product.takeBack(2, 'order', 'ann', AT);
    sell(product, 1);
    expect([product.onHand, told(product)]).toEqual([5, [5]]);
  });

  it('tells it of whatever moves stock down', () => {
    const product = aProduct(10, 5);
    product.adjust(-5, 'broken', 'ann', AT);
    product.adjust(5, 'found', 'ann', AT);
    product.setOnHand(2, 10, 'counted', 'ann', AT);
    expect(told(product)).toEqual([5, 2]);
  });

  it('can wait for the very last unit', () => {
    const product = aProduct(2, 0);
    sell(product, 1);
    expect(told(product)).toEqual([]);
    sell(product, 1);
    expect(told(product)).toEqual([0]);
  });

  it('says nothing of stock that begins low, of a threshold that comes to it, or without one', () => {
    const low = aProduct(3, 5);
    sell(low, 1);
    const later = aProduct(3, null);
    later.change({ lowStockThreshold: 5 }, AT);
    sell(later, 1);
    const never = aProduct(10, 5);
    never.change({ lowStockThreshold: null }, AT);
    sell(never, 10);
    expect([told(low), told(later), told(never)]).toEqual([[], [], []]);
  });
});
