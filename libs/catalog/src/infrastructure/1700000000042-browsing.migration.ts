import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a product is text of, for a search: the boundaries are line breaks, so that no word runs over them. */
const TEXT = `(name || E'\\n' || sku || E'\\n' || description)`;

/** A tree of categories, products found by their text, known to others by their own id, and watched for low stock. */
export class Browsing1700000000042 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A trusted extension: who may create objects in the database may create it.
      CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

      CREATE TABLE catalog.categories (
        id             uuid PRIMARY KEY,
        parent_id      uuid CONSTRAINT categories_parent REFERENCES catalog.categories (id)
                         CONSTRAINT categories_not_its_own_parent CHECK (parent_id <> id),
        name           text NOT NULL CONSTRAINT categories_name_length CHECK (length(name) BETWEEN 1 AND 100),
        version        integer NOT NULL,
        created_at     timestamptz NOT NULL,
        updated_at     timestamptz NOT NULL
      );
      -- In any case; and two at the top are siblings too.
      CREATE UNIQUE INDEX categories_sibling_name ON catalog.categories (parent_id, lower(name)) NULLS NOT DISTINCT;
      CREATE INDEX categories_by_name ON catalog.categories ((lower(name COLLATE "C")), id);

      ALTER TABLE catalog.products
        ADD category_id uuid CONSTRAINT products_category REFERENCES catalog.categories (id),
        ADD external_id text CONSTRAINT products_external_id_length CHECK (length(external_id) BETWEEN 1 AND 128),
        ADD low_stock_threshold integer CONSTRAINT products_low_stock_threshold_not_negative CHECK (low_stock_threshold >= 0),
        -- So a category without products on sale can go.
        ADD CONSTRAINT products_retired_without_category CHECK (retired_at IS NULL OR category_id IS NULL);
      CREATE UNIQUE INDEX products_external_id ON catalog.products (external_id) WHERE retired_at IS NULL;

      -- Substrings of three characters and more. Without a list of pending entries, which every search would have to read;
      -- of retired products too, because the planner learns how frequent a word is from no partial index.
      CREATE INDEX products_text ON catalog.products USING gin (${TEXT} gin_trgm_ops)
        WITH (fastupdate = off);
      -- Every offered sort once more within a category. The price stands behind what is sorted by, so that what it
      -- leaves out costs no look at the table.
      DROP INDEX catalog.products_by_name, catalog.products_by_creation;
      CREATE INDEX products_by_name ON catalog.products ((lower(name COLLATE "C")), id, price) WHERE retired_at IS NULL;
      CREATE INDEX products_by_creation ON catalog.products (created_at, id, price) WHERE retired_at IS NULL;
      CREATE INDEX products_of_category_by_name ON catalog.products (category_id, (lower(name COLLATE "C")), id, price)
        WHERE category_id IS NOT NULL;
      CREATE INDEX products_of_category_by_price ON catalog.products (category_id, price, id) WHERE category_id IS NOT NULL;
      CREATE INDEX products_of_category_by_creation ON catalog.products (category_id, created_at, id, price)
        WHERE category_id IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    // The extension stays: somebody else may use it by now.
    await runner.query(`
      DROP INDEX catalog.products_text, catalog.products_by_name, catalog.products_by_creation;
      CREATE INDEX products_by_name ON catalog.products ((lower(name COLLATE "C")), id) WHERE retired_at IS NULL;
      CREATE INDEX products_by_creation ON catalog.products (created_at, id) WHERE retired_at IS NULL;
      ALTER TABLE catalog.products DROP category_id CASCADE, DROP external_id, DROP low_stock_threshold;
      DROP TABLE catalog.categories;
    `);
  }
}
