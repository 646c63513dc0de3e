import { AggregateRoot, assign, newId } from '@holdfast/shared-kernel';
import type { CatalogEvent } from '@holdfast/contracts';
import { CategoryTooDeep, CategoryUnderItself, CategoryUnknown } from './catalog.errors';

export interface NewCategory {
  name: string;
  /** Null for a category at the top. */
  parentId: string | null;
}

/**
 * A place in the catalogue for products and for further categories.
 *
 * - Its parent exists, is neither the category itself nor below it, and leaves at most {@link MAX_LEVELS} levels.
 * - Siblings have different names, in any case.
 */
export class Category extends AggregateRoot<CatalogEvent> {
  readonly name!: string;
  readonly parentId!: string | null;
  readonly createdAt!: Date;

  private constructor() {
    super();
  }

  /** Throws CategoryUnknown, CategoryTooDeep. */
  static create(details: NewCategory, tree: CategoryTree, at: Date): Category {
    const category = new Category();
    assign<Category>(category, { id: newId(), ...details, createdAt: at, updatedAt: at });
    tree.ensurePlace(category.id, details.parentId);
    category.record({ type: 'catalog.category-created', categoryId: category.id, ...details });
    return category;
  }

  /** Moves everything below it as well. Throws CategoryUnknown, CategoryUnderItself, CategoryTooDeep. */
  change(changes: Partial<NewCategory>, tree: CategoryTree, at: Date): void {
    if (Object.keys(changes).length === 0) return;
    if (changes.parentId !== undefined) tree.ensurePlace(this.id, changes.parentId);
    assign<Category>(this, changes);
    this.changed(at);
    this.record({ type: 'catalog.category-changed', categoryId: this.id, ...changes });
  }

  /** Only for an empty category; the caller deletes its row. */
  remove(): void {
    this.record({ type: 'catalog.category-removed', categoryId: this.id });
  }
}

export const MAX_LEVELS = 5;

export interface TreePlace {
  id: string;
  parentId: string | null;
  /** The folded name, which no sibling has as well. */
  key: string;
}

/** The places of all categories. The tree is locked: no other unit of work changes it meanwhile. */
export class CategoryTree {
  private readonly parents: Map<string, string | null>;
  private readonly children = new Map<string, string[]>();

  constructor(private readonly places: readonly TreePlace[]) {
    this.parents = new Map(places.map(({ id, parentId }) => [id, parentId]));
    for (const { id, parentId } of places)
      if (parentId !== null) this.children.set(parentId, [...this.childrenOf(parentId), id]);
  }

  with(more: readonly TreePlace[]): CategoryTree {
    return new CategoryTree([...this.places, ...more]);
  }

  findChild(parentId: string | null, key: string): string | undefined {
    return this.places.find((place) => place.parentId === parentId && place.key === key)?.id;
  }

  childrenOf(id: string): readonly string[] {
    return this.children.get(id) ?? [];
  }

  /** Refuses a place for a category and all below it. Throws CategoryUnknown, CategoryUnderItself, CategoryTooDeep. */
  ensurePlace(id: string, parentId: string | null): void {
    if (parentId !== null && !this.parents.has(parentId)) throw new CategoryUnknown(parentId);
    const above = this.pathUpFrom(parentId);
    if (above.includes(id)) throw new CategoryUnderItself();
    if (above.length + this.levelsOf(id) > MAX_LEVELS) throw new CategoryTooDeep(MAX_LEVELS);
  }

  /** The category itself, then its parent, up to the top. */
  private pathUpFrom(id: string | null): string[] {
    return id === null ? [] : [id, ...this.pathUpFrom(this.parents.get(id) ?? null)];
  }

  private levelsOf(id: string): number {
    return 1 + Math.max(0, ...this.childrenOf(id).map((child) => this.levelsOf(child)));
  }
}
