import { Injectable } from '@nestjs/common';
import { Clock, withValues } from '@holdfast/shared-kernel';
import { isoTime, type KeyColumns, Keyset, type List, type Reader, ReplicaReads, UnitOfWork } from '@holdfast/platform';
import { CategoryRepository } from '../domain/catalog.repositories';
import { CategoryNotEmpty } from '../domain/catalog.errors';
import { Category } from '../domain/category';

export interface CategoryView {
  id: string;
  name: string;
  parentId: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface CreateCategory {
  name: string;
  parentId?: string | null;
}

export type ChangeCategory = Partial<CreateCategory>;

/** The tree of categories. Each change locks the tree, so that changes take turns. */
@Injectable()
export class CategoryService {
  constructor(
    private readonly categories: CategoryRepository,
    private readonly replica: ReplicaReads,
    private readonly clock: Clock,
  ) {}

  /** All categories by name. Each names its parent, so that all pages together are the tree. */
  async list({ cursor, limit }: { cursor?: string; limit: number }, reader?: Reader): Promise<List<CategoryView>> {
    const key = 'catalog.fold(name)';
    const page = new Keyset({ key, type: 'text', id: 'id', descending: false, boundTo: {}, cursor, limit });
    const parameters: unknown[] = [];
    return page.list(
      await this.replica.query<CategoryView & KeyColumns>(
        `SELECT id, name, parent_id AS "parentId", ${isoTime('created_at')} AS "createdAt",
           ${isoTime('updated_at')} AS "updatedAt", ${page.columns}
         FROM catalog.categories WHERE ${page.after(parameters)} ${page.orderAndLimit}`,
        parameters,
        reader,
      ),
    );
  }

  /** Throws CategoryUnknown, CategoryTooDeep, CategoryNameTaken. */
  @UnitOfWork()
  async create({ name, parentId = null }: CreateCategory): Promise<CategoryView> {
    const tree = await this.categories.lockTree();
    const category = Category.create({ name, parentId }, tree, this.clock.now());
    this.categories.add(category);
    return viewOf(category);
  }

  /** Throws CategoryNotFound, CategoryUnknown, CategoryUnderItself, CategoryTooDeep, CategoryNameTaken. */
  @UnitOfWork()
  async change(id: string, command: ChangeCategory): Promise<CategoryView> {
    const tree = await this.categories.lockTree();
    const category = await this.categories.lock(id);
    category.change(withValues(command), tree, this.clock.now());
    return viewOf(category);
  }

  /** Throws CategoryNotFound, CategoryNotEmpty. */
  @UnitOfWork()
  async remove(id: string): Promise<void> {
    const tree = await this.categories.lockTree();
    const category = await this.categories.lock(id);
    if (tree.childrenOf(id).length) throw new CategoryNotEmpty('categories');
    if (await this.categories.hasProducts(id)) throw new CategoryNotEmpty('products');
    category.remove();
    await this.categories.remove(category);
  }
}

const viewOf = ({ id, name, parentId, createdAt, updatedAt }: Category): CategoryView => ({
  id,
  name,
  parentId,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
