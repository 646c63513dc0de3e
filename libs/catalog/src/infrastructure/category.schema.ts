import { column, mapAggregate } from '@holdfast/platform';
import { CategoryNameTaken } from '../domain/catalog.errors';
import { Category } from '../domain/category';

const { id, integer, text, timestamp, uuid } = column;

export const categorySchemas = mapAggregate(Category, {
  table: 'catalog.categories',
  columns: {
    id,
    parentId: uuid('parent_id', true),
    name: text('name'),
    version: integer('version'),
    createdAt: timestamp('created_at'),
    updatedAt: timestamp('updated_at'),
  },
  refusals: { categories_sibling_name: () => new CategoryNameTaken() },
});
