import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of the units of an order: shipped, refunded, returned, back in stock; with its shipments and returns. */
export class OrderDelivery1700000000111 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ordering.orders
        -- Copies for the order's view; fulfilment owns them.
        ADD shipments  jsonb NOT NULL DEFAULT '[]',
        ADD returns    jsonb NOT NULL DEFAULT '[]';
      ALTER TABLE ordering.order_lines
        ADD shipped    integer NOT NULL DEFAULT 0 CONSTRAINT order_lines_shipped CHECK (shipped >= 0),
        -- Refunded before they left.
        ADD withdrawn  integer NOT NULL DEFAULT 0 CONSTRAINT order_lines_withdrawn CHECK (withdrawn >= 0),
        -- Refunded after they left, or come back.
        ADD settled    integer NOT NULL DEFAULT 0,
        ADD returned   integer NOT NULL DEFAULT 0 CONSTRAINT order_lines_returned CHECK (returned >= 0),
        ADD restocked  integer NOT NULL DEFAULT 0
                       CONSTRAINT order_lines_restocked CHECK (restocked BETWEEN 0 AND withdrawn + returned),
        ADD CONSTRAINT order_lines_shipped_at_most_ordered CHECK (shipped + withdrawn <= quantity),
        ADD CONSTRAINT order_lines_paid_back_once CHECK (returned <= settled AND settled <= shipped);

      -- Before, an order left as a whole or was refunded as a whole.
      UPDATE ordering.order_lines l SET shipped = quantity, settled = CASE WHEN o.refunded = o.total THEN quantity ELSE 0 END
        FROM ordering.orders o WHERE o.id = l.order_id AND o.status = 'fulfilled';
      UPDATE ordering.order_lines l SET withdrawn = quantity, restocked = CASE WHEN o.stock_kept THEN 0 ELSE quantity END
        FROM ordering.orders o JOIN ordering.order_transitions t
          ON t.order_id = o.id AND t.from_status = 'paid' AND t.to_status = 'canceled'
        WHERE o.id = l.order_id;
      UPDATE ordering.orders o SET shipments = jsonb_build_array(jsonb_build_object(
          'id', gen_random_uuid(), 'carrier', NULL, 'trackingNumber', NULL, 'trackingUrl', NULL,
          'shippedAt', to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'items', (SELECT jsonb_agg(jsonb_build_object('productId', product_id, 'quantity', quantity) ORDER BY line_no)
                    FROM ordering.order_lines WHERE order_id = o.id)))
        FROM ordering.order_transitions t WHERE t.order_id = o.id AND t.to_status = 'fulfilled';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ordering.order_lines DROP CONSTRAINT order_lines_shipped_at_most_ordered,
        DROP CONSTRAINT order_lines_paid_back_once, DROP shipped, DROP withdrawn, DROP settled, DROP restocked,
        DROP returned;
      ALTER TABLE ordering.orders DROP shipments, DROP returns;
    `);
  }
}
