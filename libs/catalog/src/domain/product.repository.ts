import type { Product } from './product';

/** Products of the open unit of work; every one of them is locked until it ends. */
export abstract class ProductRepository {
  abstract add(product: Product): void;
  /** In id order; those that do not exist are missing. */
  abstract lockAll(ids: readonly string[]): Promise<Product[]>;
  /** The same, with their holds counted, and the owner's own known. */
  abstract lockAllWithHolds(ids: readonly string[], ownerId?: string): Promise<Product[]>;
  /** Those that are not retired, in id order. */
  abstract lockAllBySku(skus: readonly string[]): Promise<Product[]>;
  /** With its holds counted. Throws ProductNotFound, for a retired product too. */
  abstract lock(id: string): Promise<Product>;
  /** Of a locked product: whether any order has ever taken of it. */
  abstract wasOrdered(product: Product): Promise<boolean>;
  /** A locked product that was never ordered, with its ledger and whoever's holds. */
  abstract remove(product: Product): Promise<void>;
  /** Needs no lock: what has expired counts for nobody. Returns how many. */
  abstract removeExpiredHolds(atMost: number): Promise<number>;
}
