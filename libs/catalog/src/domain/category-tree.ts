import { CategoryTooDeep, CategoryUnderItself, CategoryUnknown } from './catalog.errors';

/** From the top down to the last. */
export const MOST_LEVELS = 5;

/** Where every category stands. It is locked: nothing else moves in it until the unit of work ends. */
export class CategoryTree {
  private readonly parents: Map<string, string | null>;
  private readonly children = new Map<string, string[]>();

  constructor(places: readonly { id: string; parentId: string | null }[]) {
    this.parents = new Map(places.map(({ id, parentId }) => [id, parentId]));
    for (const { id, parentId } of places)
      if (parentId !== null) this.children.set(parentId, [...this.childrenOf(parentId), id]);
  }

  childrenOf(id: string): readonly string[] {
    return this.children.get(id) ?? [];
  }

  /**
   * Whether a category, with all that is under it, may stand under this one; at the top, for null. Throws
   * CategoryUnknown, CategoryUnderItself, CategoryTooDeep.
   */
  refuseMisplaced(id: string, parentId: string | null): void {
    if (parentId !== null && !this.parents.has(parentId)) throw new CategoryUnknown(parentId);
    const above = this.upFrom(parentId);
    if (above.includes(id)) throw new CategoryUnderItself();
    if (above.length + this.levelsOf(id) > MOST_LEVELS) throw new CategoryTooDeep(MOST_LEVELS);
  }

  /** Itself, and whatever it stands under. */
  private upFrom(id: string | null): string[] {
    return id === null ? [] : [id, ...this.upFrom(this.parents.get(id) ?? null)];
  }

  private levelsOf(id: string): number {
    return 1 + Math.max(0, ...this.childrenOf(id).map((child) => this.levelsOf(child)));
  }
}
