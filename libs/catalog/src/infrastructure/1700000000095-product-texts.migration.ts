import type { MigrationInterface, QueryRunner } from 'typeorm';

/** No word runs over a line break. Folded once for both columns. */
const textsOf = (products: string): string => `
  SELECT p.id, catalog.fold(p.name), text, nullif(catalog.trigram_text(text), text)
  FROM ${products} p
  CROSS JOIN LATERAL (SELECT catalog.fold(p.name || E'\\n' || p.sku || E'\\n' || p.description) AS text OFFSET 0) folded`;

const TABLE = `
  -- What searches read, folded when a product's text changes. A table of its own, because each order writes a new version
  -- of the product's row.
  CREATE TABLE IF NOT EXISTS catalog.product_texts (
    product_id uuid PRIMARY KEY,
    -- What the list sorts by: catalog.fold(name).
    name_key   text NOT NULL,
    text       text NOT NULL,
    -- Null where it is the same as the text: in ASCII.
    trigrams   text
  );

  CREATE OR REPLACE FUNCTION catalog.keep_product_texts() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.product_texts (product_id, name_key, text, trigrams) ${textsOf('(SELECT NEW.*)')}
    ON CONFLICT (product_id) DO UPDATE
      SET name_key = excluded.name_key, text = excluded.text, trigrams = excluded.trigrams;
    RETURN NULL;
  END $$;

  -- Fires for statements that set one of these columns. An order sets none of them.
  CREATE OR REPLACE TRIGGER products_keep_texts AFTER INSERT OR UPDATE OF name, sku, description ON catalog.products
    FOR EACH ROW EXECUTE FUNCTION catalog.keep_product_texts();
`;

/** Keeps what the trigger has written meanwhile. */
const FILL = `
  INSERT INTO catalog.product_texts (product_id, name_key, text, trigrams) ${textsOf('catalog.products')}
  ON CONFLICT (product_id) DO NOTHING`;

/** Added after the table is filled: checking row by row would lock each product, and orders would wait. */
const REFERENCE = `
  ALTER TABLE catalog.product_texts DROP CONSTRAINT IF EXISTS product_texts_product;
  ALTER TABLE catalog.product_texts ADD CONSTRAINT product_texts_product
    FOREIGN KEY (product_id) REFERENCES catalog.products (id) ON DELETE CASCADE NOT VALID;
`;
const OF_REMOVED_PRODUCTS = `
  DELETE FROM catalog.product_texts t WHERE NOT EXISTS (SELECT FROM catalog.products WHERE id = t.product_id)`;

const INDEX = `ON catalog.product_texts USING gin ((coalesce(trigrams, text)) gin_trgm_ops) WITH (fastupdate = off)`;
const FORMER_INDEX = `
  CREATE INDEX products_text ON catalog.products USING gin (
    (catalog.trigram_text(catalog.fold(name || E'\\n' || sku || E'\\n' || description))) gin_trgm_ops)
    WITH (fastupdate = off)`;

/**
 * Stores the folded text of each product: folding takes up to 50 µs, and a search did it anew for each match. Takes 2 s
 * to fill and 3 s to index for each 100,000 products, outside a transaction: orders go on meanwhile, and a migration
 * that was stopped is run again. Until they are restarted, processes of the release before search without an index.
 */
export class ProductTexts1700000000095 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(FILL);
    await runner.query(REFERENCE);
    await runner.query(OF_REMOVED_PRODUCTS);
    await runner.query('ALTER TABLE catalog.product_texts VALIDATE CONSTRAINT product_texts_product');
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS catalog.product_texts_trigrams');
    await runner.query(`CREATE INDEX CONCURRENTLY product_texts_trigrams ${INDEX}`);
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS catalog.products_text');
    await runner.query('ANALYZE catalog.product_texts');
  }

  /** In a transaction, which TypeORM always opens on the way down. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER products_keep_texts ON catalog.products;
      DROP FUNCTION catalog.keep_product_texts;
      DROP TABLE catalog.product_texts;
      ${FORMER_INDEX};
      ANALYZE catalog.products;
    `);
  }
}
