import type { MigrationInterface, QueryRunner } from 'typeorm';

export class InventorySync1700000000121 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA inventory_sync;

      CREATE TABLE inventory_sync.feeds (
        id           uuid PRIMARY KEY,
        source       text NOT NULL,
        taken_at     timestamptz NOT NULL,
        -- Of the items, so that a repeated feed is known.
        fingerprint  text NOT NULL,
        items        integer NOT NULL,
        sent_by      uuid NOT NULL,
        received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- How many items had each result; null until all are applied.
        results      jsonb,
        CONSTRAINT feeds_once UNIQUE (source, taken_at, fingerprint)
      );

      -- Written under the lock of the product.
      CREATE TABLE inventory_sync.counts (
        product_id   uuid NOT NULL,
        source       text NOT NULL,
        -- The last count that would have left less than nothing, beside the last one that is true.
        refused      boolean NOT NULL,
        sku          text NOT NULL,
        taken_at     timestamptz NOT NULL,
        theirs       bigint NOT NULL CONSTRAINT counts_not_negative CHECK (theirs >= 0),
        ours         bigint NOT NULL,
        feed_id      uuid NOT NULL REFERENCES inventory_sync.feeds (id),
        PRIMARY KEY (product_id, source, refused)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inventory_sync.counts, inventory_sync.feeds; DROP SCHEMA inventory_sync');
  }
}
