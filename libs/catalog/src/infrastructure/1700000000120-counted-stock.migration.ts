import type { MigrationInterface, QueryRunner } from 'typeorm';

const OF_ORDERS = `'order-placed', 'order-canceled', 'order-refunded', 'return-received', 'return-written-off'`;
const OTHERS = `'initial', 'adjustment'`;

/** Ledger rows for the counts of other systems. */
export class CountedStock1700000000120 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE catalog.stock_movements
        ADD feed_id uuid,
        DROP CONSTRAINT stock_movements_kind,
        ADD CONSTRAINT stock_movements_kind CHECK (kind IN (${OTHERS}, 'inventory-count', ${OF_ORDERS})),
        ADD CONSTRAINT stock_movements_feed CHECK ((feed_id IS NOT NULL) = (kind = 'inventory-count'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    // The older code knows one kind of movement that sets stock; the sums stay what they are.
    await runner.query(`
      ALTER TABLE catalog.stock_movements DROP CONSTRAINT stock_movements_feed, DROP feed_id;
      UPDATE catalog.stock_movements SET kind = 'adjustment' WHERE kind = 'inventory-count';
      ALTER TABLE catalog.stock_movements
        DROP CONSTRAINT stock_movements_kind,
        ADD CONSTRAINT stock_movements_kind CHECK (kind IN (${OTHERS}, ${OF_ORDERS}))`);
  }
}
