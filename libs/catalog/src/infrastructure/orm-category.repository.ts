import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
import { CategoryNotFound, CategoryUnknown } from '../domain/catalog.errors';
import { CategoryRepository } from '../domain/catalog.repositories';
import { Category, CategoryTree, type TreePlace } from '../domain/category';

@Injectable()
export class OrmCategoryRepository extends CategoryRepository {
  add(category: Category): void {
    currentUnit().add(category);
  }

  /** Takes an advisory lock: row locks would not stop new categories. The second statement sees what was committed. */
  async lockTree(): Promise<CategoryTree> {
    const { statement } = currentUnit();
    await statement(`SELECT pg_advisory_xact_lock(hashtextextended('catalog.categories', 0))`, []);
    const { rows } = await statement<TreePlace>(
      'SELECT id, parent_id AS "parentId", catalog.fold_case(name) AS key FROM catalog.categories',
      [],
    );
    return new CategoryTree(rows);
  }

  async lock(id: string): Promise<Category> {
    const category = await currentUnit().lock(Category, id);
    if (!category) throw new CategoryNotFound();
    return category;
  }

  /** A shared lock like that of a foreign key's check, so that many products can enter a category at once. */
  async keep(id: string): Promise<{ id: string; name: string }> {
    const { rows } = await currentUnit().statement<{ id: string; name: string }>(
      'SELECT id, name FROM catalog.categories WHERE id = $1 FOR KEY SHARE',
      [id],
    );
    if (!rows.length) throw new CategoryUnknown(id);
    return rows[0];
  }

  async keepAll(ids: readonly string[]): Promise<string[]> {
    if (!ids.length) return [];
    const { rows } = await currentUnit().statement<{ id: string }>(
      'SELECT id FROM catalog.categories WHERE id = ANY($1) ORDER BY id FOR KEY SHARE',
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  async hasProducts(id: string): Promise<boolean> {
    const { rows } = await currentUnit().statement('SELECT FROM catalog.products WHERE category_id = $1 LIMIT 1', [id]);
    return rows.length > 0;
  }

  async remove({ id }: Category): Promise<void> {
    await currentUnit().statement('DELETE FROM catalog.categories WHERE id = $1', [id]);
  }
}
