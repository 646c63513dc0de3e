import { type Invariant } from './invariant';

export const CATALOGUE: Invariant[] = [
  {
    id: 'INV-36',
    moment: 'always',
    statement: 'Categories are a tree, at most five deep, and a product that is not retired may stand in one of them.',
    sql: `
      WITH RECURSIVE reached AS (
        SELECT id, 1 AS level FROM catalog.categories WHERE parent_id IS NULL
        UNION ALL
        SELECT c.id, r.level + 1 FROM reached r JOIN catalog.categories c ON c.parent_id = r.id WHERE r.level < 5)
      SELECT c.id AS category_id, c.parent_id, NULL::uuid AS product_id FROM catalog.categories c
      WHERE NOT EXISTS (SELECT FROM reached r WHERE r.id = c.id)
      UNION ALL
      SELECT p.category_id, NULL, p.id FROM catalog.products p LEFT JOIN catalog.categories c ON c.id = p.category_id
      WHERE p.category_id IS NOT NULL AND (p.retired_at IS NOT NULL OR c.id IS NULL)`,
  },
];
