import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLE = `
  -- The last change of each product, removed ones included. A table of its own: an index on a column that orders write
  -- would end the heap-only (HOT) updates of catalog.products.
  CREATE TABLE IF NOT EXISTS catalog.product_changes (
    product_id  uuid PRIMARY KEY,
    -- The transaction that made it. A reader takes rows below the oldest transaction that still runs, so that no row
    -- appears later behind what was read. Sequences and clocks are read before the commit, and promise no such order.
    changed_in  xid8 NOT NULL
  );
  CREATE INDEX IF NOT EXISTS product_changes_in_order ON catalog.product_changes (changed_in, product_id);

  CREATE OR REPLACE FUNCTION catalog.mark_product_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.product_changes (product_id, changed_in)
    VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, pg_current_xact_id())
    ON CONFLICT (product_id) DO UPDATE SET changed_in = excluded.changed_in;
    RETURN NULL;
  END $$;

  -- Fires for statements that set one of these columns. An order sets none of them.
  CREATE OR REPLACE TRIGGER products_mark_changes
    AFTER INSERT OR DELETE OR UPDATE OF sku, external_id, name, description, price, currency, unit_limit, category_id,
      image, more_images, active, retired_at ON catalog.products
    FOR EACH ROW EXECUTE FUNCTION catalog.mark_product_change();
  -- Of the changes of stock only those from and to none.
  CREATE OR REPLACE TRIGGER products_mark_availability AFTER UPDATE OF on_hand ON catalog.products
    FOR EACH ROW WHEN ((OLD.on_hand = 0) <> (NEW.on_hand = 0)) EXECUTE FUNCTION catalog.mark_product_change();

  CREATE OR REPLACE FUNCTION catalog.mark_changes_of_category() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO catalog.product_changes (product_id, changed_in)
    SELECT id, pg_current_xact_id() FROM catalog.products WHERE category_id = NEW.id ORDER BY id
    ON CONFLICT (product_id) DO UPDATE SET changed_in = excluded.changed_in;
    RETURN NULL;
  END $$;
  CREATE OR REPLACE TRIGGER categories_mark_changes AFTER UPDATE OF name ON catalog.categories
    FOR EACH ROW EXECUTE FUNCTION catalog.mark_changes_of_category();
`;

/** Keeps what the triggers have written meanwhile. */
const FILL = `
  INSERT INTO catalog.product_changes (product_id, changed_in)
  SELECT id, pg_current_xact_id() FROM catalog.products ON CONFLICT (product_id) DO NOTHING`;

/**
 * Marks products that change, for clients that follow the catalogue. Fills the table outside the transaction that adds
 * the triggers, so that orders go on meanwhile; a migration that was stopped is run again.
 */
export class ProductChanges1700000000142 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(FILL);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER categories_mark_changes ON catalog.categories;
      DROP TRIGGER products_mark_availability ON catalog.products;
      DROP TRIGGER products_mark_changes ON catalog.products;
      DROP FUNCTION catalog.mark_changes_of_category, catalog.mark_product_change;
      DROP TABLE catalog.product_changes;
    `);
  }
}
