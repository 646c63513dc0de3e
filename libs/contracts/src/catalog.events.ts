import type { MoneyView } from '@holdfast/shared-kernel';

/** An image of a product. `url` is https; `alt` is what the image shows, in words. */
export interface ProductImage {
  url: string;
  alt: string | null;
}

/** A product was added to the catalogue, with its initial stock. */
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
  images: ProductImage[];
}

/** An admin changed a product. The event carries the changed fields with their new values. */
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
  images?: ProductImage[];
}

/** A product is no longer sold. Its orders keep it. */
export interface ProductRetired {
  type: 'catalog.product-retired';
  productId: string;
}

/** A product that was never ordered was deleted, with its ledger and all holds on it. */
export interface ProductRemoved {
  type: 'catalog.product-removed';
  productId: string;
}

/** An admin adjusted stock. The events of orders announce the units that orders take and give back. */
export interface StockAdjusted {
  type: 'catalog.stock-adjusted';
  productId: string;
  delta: number;
  onHand: number;
  reason: string;
}

/** Stock fell from above a product's threshold to it, or below it. Announced again only after stock was above again. */
export interface StockLow {
  type: 'catalog.stock-low';
  productId: string;
  sku: string;
  onHand: number;
  threshold: number;
}

/** A category was added, at the top or below another category. */
export interface CategoryCreated {
  type: 'catalog.category-created';
  categoryId: string;
  name: string;
  parentId: string | null;
}

/** A category was renamed, or moved with all categories below it. The event carries the changed fields. */
export interface CategoryChanged {
  type: 'catalog.category-changed';
  categoryId: string;
  name?: string;
  parentId?: string | null;
}

/** An empty category was removed. */
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
