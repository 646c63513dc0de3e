import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Products with their stock, and the ledger that explains every unit of it. */
export class Catalog1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA catalog;

      CREATE TABLE catalog.products (
        id             uuid PRIMARY KEY,
        sku            text NOT NULL CONSTRAINT products_sku_length CHECK (length(sku) BETWEEN 1 AND 64),
        name           text NOT NULL CONSTRAINT products_name_length CHECK (length(name) BETWEEN 1 AND 255),
        description    text NOT NULL,
        price          numeric(12,2) NOT NULL CONSTRAINT products_price_not_negative CHECK (price >= 0),
        currency       char(3) NOT NULL,
        -- Wider than what an admin may set, so that a canceled order's units always find room. In no index, and with room left in each page, so that a sale is a heap-only (HOT) update.
        on_hand        bigint  NOT NULL CONSTRAINT products_on_hand_not_negative CHECK (on_hand >= 0),
        active         boolean NOT NULL,
        version        integer NOT NULL,
        created_at     timestamptz NOT NULL,
        updated_at     timestamptz NOT NULL,
        -- Set instead of deleting: orders keep pointing to what was sold.
        retired_at     timestamptz
      ) WITH (fillfactor = 80);
      CREATE UNIQUE INDEX products_sku ON catalog.products (sku) WHERE retired_at IS NULL;
      -- One index for every offered sort. Names sort case-blind and alike on every server, hence the C collation.
      CREATE INDEX products_by_name ON catalog.products ((lower(name COLLATE "C")), id) WHERE retired_at IS NULL;
      CREATE INDEX products_by_price ON catalog.products (price, id) WHERE retired_at IS NULL;
      CREATE INDEX products_by_creation ON catalog.products (created_at, id) WHERE retired_at IS NULL;

      CREATE TABLE catalog.stock_movements (
        product_id     uuid NOT NULL REFERENCES catalog.products (id),
        -- Taken while the product's row is locked, so it rises per product in commit order.
        seq            bigint GENERATED ALWAYS AS IDENTITY,
        id             uuid NOT NULL,
        kind           text NOT NULL CONSTRAINT stock_movements_kind
                         CHECK (kind IN ('initial', 'adjustment', 'order-placed', 'order-canceled')),
        delta          bigint  NOT NULL CONSTRAINT stock_movements_delta_not_zero CHECK (delta <> 0),
        balance_after  bigint  NOT NULL CONSTRAINT stock_movements_balance_not_negative CHECK (balance_after >= 0),
        reason         text,
        actor_id       uuid NOT NULL,
        order_id       uuid,
        at             timestamptz NOT NULL,
        PRIMARY KEY (product_id, seq),
        CONSTRAINT stock_movements_order CHECK ((order_id IS NOT NULL) = (kind IN ('order-placed', 'order-canceled')))
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE catalog.stock_movements, catalog.products; DROP SCHEMA catalog');
  }
}
