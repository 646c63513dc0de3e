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
}

/** A product is no longer sold; orders keep it. */
export interface ProductRetired {
  type: 'catalog.product-retired';
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

export type CatalogEvent = ProductCreated | ProductChanged | ProductRetired | StockAdjusted;
