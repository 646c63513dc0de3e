import type { Category } from './category';
import type { CategoryTree } from './category-tree';

/** Categories of the open unit of work. Their locks come after those of products, and the tree's before theirs. */
export abstract class CategoryRepository {
  abstract add(category: Category): void;
  /** Whoever changes the tree takes turns: what one decides on, no other changes meanwhile. */
  abstract lockTree(): Promise<CategoryTree>;
  /** Throws CategoryNotFound. */
  abstract lock(id: string): Promise<Category>;
  /** Sees to it that it is there until the unit of work ends, and returns its name. Throws CategoryUnknown. */
  abstract keep(id: string): Promise<{ id: string; name: string }>;
  /** Sees to it that they are there until the unit of work ends; those that do not exist are missing. */
  abstract keepAll(ids: readonly string[]): Promise<string[]>;
  /** Of a locked category. */
  abstract hasProducts(id: string): Promise<boolean>;
  /** A locked category of which nothing is left. */
  abstract remove(category: Category): Promise<void>;
}
