import type { MoneyView } from '@holdfast/shared-kernel';
import type { Product } from '../domain/product';
import type { MovementKind, StockMovement } from '../domain/stock-movement';

export interface ProductView {
  id: string;
  sku: string;
  name: string;
  description: string;
  price: MoneyView;
  /** What a customer can still get. */
  stock: number;
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

/** A product as it stands in its unit of work; `product.queries.ts` gives the same shape from the tables. */
export const productView = (product: Product): ProductView => ({
  id: product.id,
  sku: product.sku,
  name: product.name,
  description: product.description,
  price: product.price.toView(),
  stock: product.onHand,
  active: product.active,
  version: product.version,
  createdAt: product.createdAt.toISOString(),
  updatedAt: product.updatedAt.toISOString(),
});

export const movementView = ({ at, ...movement }: StockMovement): StockMovementView => ({
  ...movement,
  at: at.toISOString(),
});
