import type { MoneyView } from '@holdfast/shared-kernel';

/** A product is in the catalogue, with its first stock. */
export interface ProductCreated {
  type: 'catalog.product-created';
  productId: string;
  sku: string;
  name: string;
  price: MoneyView;
  stock: number;
  active: boolean;
  unitLimit: number | null;
  categoryId: string | null;
  externalId: string | null;
  lowStockThreshold: number | null;
}

/** An admin changed a product: carries what changed, as it is now. */
export interface ProductChanged {
  type: 'catalog.product-changed';
  productId: string;
  sku?: string;
  name?: string;
  description?: string;
  price?: MoneyView;
  active?: boolean;
  unitLimit?: number | null;
  categoryId?: string | null;
  externalId?: string | null;
  lowStockThreshold?: number | null;
}

/** A product is no longer sold; orders keep it. */
export interface ProductRetired {
  type: 'catalog.product-retired';
  productId: string;
}

/** A product that was never ordered is gone, with its ledger and whatever was held of it. */
export interface ProductRemoved {
  type: 'catalog.product-removed';
  productId: string;
}

/** Stock moved by an admin; what orders take and give back is told by their own events. */
export interface StockAdjusted {
  type: 'catalog.stock-adjusted';
  productId: string;
  delta: number;
  onHand: number;
  reason: string;
}

/** Stock fell to a product's threshold, or below it, from above; whoever took it. Told again only when it was above since. */
export interface StockLow {
  type: 'catalog.stock-low';
  productId: string;
  sku: string;
  onHand: number;
  threshold: number;
}

/** A category is in the tree: under another, or at the top. */
export interface CategoryCreated {
  type: 'catalog.category-created';
  categoryId: string;
  name: string;
  parentId: string | null;
}

/** A category was renamed, or moved with all that is under it: carries what changed, as it is now. */
export interface CategoryChanged {
  type: 'catalog.category-changed';
  categoryId: string;
  name?: string;
  parentId?: string | null;
}

/** A category, of which nothing was left, is gone. */
export interface CategoryRemoved {
  type: 'catalog.category-removed';
  categoryId: string;
}

export type CatalogEvent =
  | ProductCreated
  | ProductChanged
  | ProductRetired
  | ProductRemoved
  | StockAdjusted
  | StockLow
  | CategoryCreated
  | CategoryChanged
  | CategoryRemoved;
