import { Money } from '@holdfast/shared-kernel';
import { Product } from './product';

const AT = new Date('2026-01-02T03:04:05.678Z');
const PRICE = Money.parse({ amount: '3.99', currency: 'GBP' });

function aProduct(stock: number, lowStockThreshold: number | null): Product {
  const product = Product.create({ sku: 'S', name: 'Thing', price: PRICE, stock, lowStockThreshold }, 'ann', AT);
  product.takeEvents();
  return product;
}

const sell = (product: Product, quantity: number) => product.sell(quantity, 'order', 'ann', AT);
/** onHand of each event since the last call. */
const announced = (product: Product): number[] =>
  product.takeEvents().flatMap((event) => {
    return event.type === 'catalog.stock-low' ? [event.onHand] : [];
  });

describe('announcing low stock', () => {
  it('names the product, its stock and the threshold', () => {
    const product = aProduct(10, 5);
    sell(product, 7);
    const { id: productId } = product;
    expect(product.takeEvents()).toEqual([{ type: 'catalog.stock-low', productId, sku: 'S', onHand: 3, threshold: 5 }]);
  });

  it('announces stock that reaches the threshold, and not before', () => {
    const product = aProduct(10, 5);
    sell(product, 4);
    expect(announced(product)).toEqual([]);
    sell(product, 1);
    expect(announced(product)).toEqual([5]);
  });

  it('announces once, until stock was above again', () => {
    const product = aProduct(10, 5);
    sell(product, 6);
    sell(product, 1);
    product.adjust(-1, 'broken', 'ann', AT);
    expect(announced(product)).toEqual([4]);
    product.takeBack(3, 'order', 'ann', AT);
    sell(product, 1);
    expect([product.onHand, announced(product)]).toEqual([4, []]);
    product.takeBack(2, 'order', 'ann', AT);
    sell(product, 1);
    expect([product.onHand, announced(product)]).toEqual([5, [5]]);
  });

  it('announces adjustments and counts as well as sales', () => {
    const product = aProduct(10, 5);
    product.adjust(-5, 'broken', 'ann', AT);
    product.adjust(5, 'found', 'ann', AT);
    product.setOnHand(2, 10, 'counted', 'ann', AT);
    expect(announced(product)).toEqual([5, 2]);
  });

  it('allows a threshold of 0', () => {
    const product = aProduct(2, 0);
    sell(product, 1);
    expect(announced(product)).toEqual([]);
    sell(product, 1);
    expect(announced(product)).toEqual([0]);
  });

  it('is silent about stock that begins low, a threshold that is set later, and no threshold', () => {
    const low = aProduct(3, 5);
    sell(low, 1);
    const later = aProduct(3, null);
    later.change({ lowStockThreshold: 5 }, AT);
    sell(later, 1);
    const never = aProduct(10, 5);
    never.change({ lowStockThreshold: null }, AT);
    sell(never, 10);
    expect([announced(low), announced(later), announced(never)]).toEqual([[], [], []]);
  });
});
