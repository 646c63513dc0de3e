import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Shipping, tax and the address of an order. The subtotal is what they leave of the total. */
export class OrderTotals1700000000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ordering.orders
        ADD shipping         numeric(13,3) NOT NULL DEFAULT 0,
        ADD shipping_method  text,
        -- On all lines and on shipping.
        ADD tax              numeric(13,3) NOT NULL DEFAULT 0,
        ADD shipping_tax     numeric(13,3) NOT NULL DEFAULT 0,
        ADD tax_inclusive    boolean NOT NULL DEFAULT false,
        -- Personal data: set to NULL when its account is closed.
        ADD ship_to          jsonb,
        ADD CONSTRAINT orders_totals CHECK (shipping >= 0 AND shipping_tax >= 0 AND tax >= shipping_tax
          AND total >= shipping + CASE WHEN tax_inclusive THEN 0 ELSE tax END);
      ALTER TABLE ordering.order_lines
        ADD tax numeric(13,3) NOT NULL DEFAULT 0 CONSTRAINT order_lines_tax_not_negative CHECK (tax >= 0);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ordering.order_lines DROP tax;
      ALTER TABLE ordering.orders DROP CONSTRAINT orders_totals, DROP shipping, DROP shipping_method, DROP tax,
        DROP shipping_tax, DROP tax_inclusive, DROP ship_to;
    `);
  }
}
