import type { ProductChanged, ProductCreated, StockLow } from '@holdfast/contracts';
import type { Money } from '@holdfast/shared-kernel';

export interface NewProduct {
  sku: string;
  name: string;
  description: string;
  price: Money;
  stock: number;
  active: boolean;
  /** The most units that one customer may have in orders; null for no limit. */
  unitLimit: number | null;
  categoryId: string | null;
  /** The product's id in another system. */
  externalId: string | null;
  /** Stock that falls to this number is low; null for no threshold. */
  lowStockThreshold: number | null;
}

/** SKUs are ASCII, and equal when they differ in case only. */
export const skuKey = (sku: string): string => sku.toLowerCase();

export type ProductChanges = Partial<Omit<NewProduct, 'stock'>>;

export const productCreated = (productId: string, { price, ...details }: NewProduct): ProductCreated => ({
  type: 'catalog.product-created',
  productId,
  ...details,
  price: price.toView(),
});

export const productChanged = (productId: string, { price, ...changes }: ProductChanges): ProductChanged => ({
  type: 'catalog.product-changed',
  productId,
  ...changes,
  ...(price && { price: price.toView() }),
});

/** Undefined unless stock falls from above the threshold to it, or below it. */
export function stockLow(
  { id: productId, sku, onHand: before, lowStockThreshold: threshold }: Watched,
  onHand: number,
): StockLow | undefined {
  if (threshold === null || before <= threshold || onHand > threshold) return undefined;
  return { type: 'catalog.stock-low', productId, sku, onHand, threshold };
}

interface Watched extends Pick<NewProduct, 'sku' | 'lowStockThreshold'> {
  id: string;
  onHand: number;
}
