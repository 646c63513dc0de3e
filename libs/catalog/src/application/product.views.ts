import type { MoneyView } from '@holdfast/shared-kernel';
import type { Product } from '../domain/product';
import type { MovementKind, StockMovement } from '../domain/stock-movement';

export interface ProductCategory {
  id: string;
  name: string;
}

export interface ProductView {
  id: string;
  sku: string;
  externalId: string | null;
  name: string;
  description: string;
  price: MoneyView;
  /** What a customer can still get: units on hand, less what others have in their carts. */
  stock: number;
  /** For admins only. */
  onHand?: number;
  /** For admins only. */
  lowStockThreshold?: number | null;
  unitLimit: number | null;
  category: ProductCategory | null;
  active: boolean;
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface StockMovementView {
  id: string | null;
  productId: string;
  kind: MovementKind;
  delta: number;
  balanceAfter: number;
  reason: string | null;
  actorId: string;
  orderId: string | null;
  at: string;
}

/** A product as an admin sees it in its unit of work; `product.queries.ts` gives the same shape from the tables. */
export const productView = (product: Product, category: ProductCategory | null): ProductView => ({
  id: product.id,
  sku: product.sku,
  externalId: product.externalId,
  name: product.name,
  description: product.description,
  price: product.price.toView(),
  stock: product.availableTo(),
  onHand: product.onHand,
  lowStockThreshold: product.lowStockThreshold,
  unitLimit: product.unitLimit,
  category,
  active: product.active,
  version: product.version,
  createdAt: product.createdAt.toISOString(),
  updatedAt: product.updatedAt.toISOString(),
});

export const movementView = ({ at, ...movement }: StockMovement): StockMovementView => ({
  ...movement,
  at: at.toISOString(),
});
