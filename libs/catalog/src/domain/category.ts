import { AggregateRoot, newId } from '@holdfast/shared-kernel';
import type { CatalogEvent } from '@holdfast/contracts';
import type { CategoryTree } from './category-tree';

export interface NewCategory {
  name: string;
  /** Null for one at the top. */
  parentId: string | null;
}

/**
 * A shelf of the catalogue, on which products and further categories stand.
 *
 * - It stands where the tree has room for it: under a category that exists, never under itself, at most so deep.
 * - Siblings differ in name, in any case.
 */
export class Category extends AggregateRoot {
  readonly name!: string;
  readonly parentId!: string | null;
  readonly createdAt!: Date;

  private constructor() {
    super();
  }

  static create(details: NewCategory, tree: CategoryTree, at: Date): Category {
    const category = Object.assign(new Category(), { id: newId(), ...details, createdAt: at, updatedAt: at });
    tree.refuseMisplaced(category.id, details.parentId);
    category.say({ type: 'catalog.category-created', categoryId: category.id, ...details });
    return category;
  }

  /** What is under it moves with it. */
  change(changes: Partial<NewCategory>, tree: CategoryTree, at: Date): void {
    if (Object.keys(changes).length === 0) return;
    if (changes.parentId !== undefined) tree.refuseMisplaced(this.id, changes.parentId);
    Object.assign(this, changes);
    this.changed(at);
    this.say({ type: 'catalog.category-changed', categoryId: this.id, ...changes });
  }

  /** The caller has seen to it that it is empty, and takes it out of the repository. */
  remove(): void {
    this.say({ type: 'catalog.category-removed', categoryId: this.id });
  }

  private say(event: CatalogEvent): void {
    this.record(event);
  }
}
