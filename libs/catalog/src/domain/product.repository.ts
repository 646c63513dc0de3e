import type { Product } from './product';

/** Products of the open unit of work; every one of them is locked until it ends. */
export abstract class ProductRepository {
  abstract add(product: Product): void;
  /** In id order; those that do not exist are missing. */
  abstract lockAll(ids: readonly string[]): Promise<Product[]>;
  /** Throws ProductNotFound, for a retired product too. */
  abstract lock(id: string): Promise<Product>;
}
