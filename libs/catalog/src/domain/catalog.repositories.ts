import type { Category, CategoryTree } from './category';
import type { Product } from './product';

/** A locked product, and how it moved since a moment. */
export interface MovedProduct {
  product: Product;
  /** The units on hand at that moment; a movement at the moment itself is in them. */
  onHandThen: number;
  /** What all movements since have added, the corrections of feeds left out. */
  movedSince: number;
}

/** Products of the open unit of work. Each stays locked until the unit ends. */
export abstract class ProductRepository {
  abstract add(product: Product): void;
  /** In id order; unknown ids are missing from the result. */
  abstract lockAll(ids: readonly string[]): Promise<Product[]>;
  /** Like `lockAll`, with the holds counted and the owner's own hold read. */
  abstract lockAllWithHolds(ids: readonly string[], ownerId?: string): Promise<Product[]>;
  /** Products that are not retired, in id order, with their descriptions. SKUs match in any case. */
  abstract lockAllBySku(skus: readonly string[]): Promise<Product[]>;
  /** Like `lockAllBySku`, without the descriptions, and with what the ledger says of the time since a count. */
  abstract lockAllCountedAt(takenAt: Date, skus: readonly string[]): Promise<MovedProduct[]>;
  /** With the holds counted and the description. Throws ProductNotFound, for a retired product too. */
  abstract lock(id: string): Promise<Product>;
  /** Whether any order has ever taken units of a locked product. */
  abstract wasOrdered(product: Product): Promise<boolean>;
  /** Deletes a locked product that was never ordered, with its ledger and all holds on it. */
  abstract remove(product: Product): Promise<void>;
  /** Marks products as changed now whose marks come from another database cluster and lie in the future here. */
  abstract remarkChanges(): Promise<void>;
  /** Deletes holds whose pause is over, without a lock: they count for nobody. Returns how many. */
  abstract removeExpiredHolds(atMost: number): Promise<number>;
}

/** Categories of the open unit of work. Lock order: products, then the tree, then categories. */
export abstract class CategoryRepository {
  abstract add(category: Category): void;
  /** Changes of the tree take turns, so that a decision about the tree stays true until the unit ends. */
  abstract lockTree(): Promise<CategoryTree>;
  /** Throws CategoryNotFound. */
  abstract lock(id: string): Promise<Category>;
  /** Prevents the removal of a category until the unit of work ends. Throws CategoryUnknown. */
  abstract keep(id: string): Promise<{ id: string; name: string }>;
  /** Prevents the removal of categories until the unit of work ends. Returns the ids that exist. */
  abstract keepAll(ids: readonly string[]): Promise<string[]>;
  /** Whether products are in a locked category. */
  abstract hasProducts(id: string): Promise<boolean>;
  /** Deletes a locked category that is empty. */
  abstract remove(category: Category): Promise<void>;
}
