import { Injectable } from '@nestjs/common';
import { type KeyColumns, Keyset, type List, type Reader, ReplicaReads } from '@holdfast/platform';
import type { Category } from '../domain/category';

export interface CategoryView {
  id: string;
  name: string;
  parentId: string | null;
  createdAt: string;
  updatedAt: string;
}

type CategoryRow = Pick<Category, 'id' | 'name' | 'parentId' | 'createdAt' | 'updatedAt'>;

@Injectable()
export class CategoryQueries {
  constructor(private readonly replica: ReplicaReads) {}

  /** By name, whatever they stand under: who knows all of them knows the tree. */
  async list({ cursor, limit }: { cursor?: string; limit: number }, reader?: Reader): Promise<List<CategoryView>> {
    const key = 'lower(name COLLATE "C")';
    const page = new Keyset({ key, type: 'text', id: 'id', descending: false, boundTo: {}, cursor, limit });
    const parameters: unknown[] = [];
    const rows = await this.replica.query<CategoryRow & KeyColumns>(
      `SELECT id, name, parent_id AS "parentId", created_at AS "createdAt", updated_at AS "updatedAt", ${page.columns}
       FROM catalog.categories WHERE ${page.after(parameters)} ${page.orderAndLimit}`,
      parameters,
      reader,
    );
    return page.list(rows, categoryView);
  }
}

export const categoryView = ({ id, name, parentId, createdAt, updatedAt }: CategoryRow): CategoryView => ({
  id,
  name,
  parentId,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
