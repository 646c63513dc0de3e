import { Injectable } from '@nestjs/common';
import { Clock, withValues } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { CategoryNotEmpty } from '../domain/catalog.errors';
import { Category } from '../domain/category';
import { CategoryRepository } from '../domain/category.repository';
import { categoryView, type CategoryView } from './category.queries';

export interface CreateCategory {
  name: string;
  parentId?: string | null;
}

export type ChangeCategory = Partial<CreateCategory>;

/** What admins do to the tree of categories, one after the other: each locks it. */
@Injectable()
export class CategoryService {
  constructor(
    private readonly categories: CategoryRepository,
    private readonly clock: Clock,
  ) {}

  /** Throws CategoryUnknown, CategoryTooDeep, CategoryNameTaken. */
  @UnitOfWork()
  async create({ name, parentId = null }: CreateCategory): Promise<CategoryView> {
    const tree = await this.categories.lockTree();
    const category = Category.create({ name, parentId }, tree, this.clock.now());
    this.categories.add(category);
    return categoryView(category);
  }

  /** Throws CategoryNotFound, CategoryUnderItself, and what `create` throws. */
  @UnitOfWork()
  async change(id: string, command: ChangeCategory): Promise<CategoryView> {
    const tree = await this.categories.lockTree();
    const category = await this.categories.lock(id);
    category.change(withValues(command), tree, this.clock.now());
    return categoryView(category);
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
