import type { MigrationInterface, QueryRunner } from 'typeorm';

const OF_ORDERS = `'order-placed', 'order-canceled'`;

/** Ledger rows for units that an order gives back before it leaves, and for goods that return. */
export class ReturnedStock1700000000110 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(allow(`${OF_ORDERS}, 'order-refunded', 'return-received', 'return-written-off'`));
  }

  async down(runner: QueryRunner): Promise<void> {
    // The older code knows one kind of movement that gives units back; the sums stay what they are.
    await runner.query(`
      UPDATE catalog.stock_movements SET kind = 'order-canceled'
      WHERE kind IN ('order-refunded', 'return-received', 'return-written-off')`);
    await runner.query(allow(OF_ORDERS));
  }
}

const allow = (ofOrders: string): string => `
  ALTER TABLE catalog.stock_movements
    DROP CONSTRAINT stock_movements_kind, DROP CONSTRAINT stock_movements_order,
    ADD CONSTRAINT stock_movements_kind CHECK (kind IN ('initial', 'adjustment', ${ofOrders})),
    ADD CONSTRAINT stock_movements_order CHECK ((order_id IS NOT NULL) = (kind IN (${ofOrders})))`;
