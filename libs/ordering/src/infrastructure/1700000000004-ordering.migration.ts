import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATUSES = `('reserved', 'payment_pending', 'paid', 'fulfilled', 'canceled')`;

export class Ordering1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA ordering;

      CREATE TABLE ordering.orders (
        id             uuid PRIMARY KEY,
        customer_id    uuid NOT NULL,
        status         text NOT NULL CONSTRAINT orders_status CHECK (status IN ${STATUSES}),
        total          numeric(12,2) NOT NULL CONSTRAINT orders_total_not_negative CHECK (total >= 0),
        currency       char(3) NOT NULL,
        version        integer NOT NULL,
        placed_at      timestamptz NOT NULL,
        updated_at     timestamptz NOT NULL
      ) WITH (fillfactor = 80);
      -- UUIDv7 ids rise with time: newest first needs no other column.
      CREATE INDEX orders_of_customer ON ordering.orders (customer_id, id DESC);

      CREATE TABLE ordering.order_lines (
        order_id       uuid NOT NULL REFERENCES ordering.orders (id),
        line_no        smallint NOT NULL,
        product_id     uuid NOT NULL,
        sku            text NOT NULL,
        name           text NOT NULL,
        quantity       integer NOT NULL CONSTRAINT order_lines_quantity_positive CHECK (quantity > 0),
        unit_price     numeric(12,2) NOT NULL CONSTRAINT order_lines_price_not_negative CHECK (unit_price >= 0),
        currency       char(3) NOT NULL,
        PRIMARY KEY (order_id, line_no),
        CONSTRAINT order_lines_one_per_product UNIQUE (order_id, product_id)
      );

      CREATE TABLE ordering.order_transitions (
        order_id       uuid NOT NULL REFERENCES ordering.orders (id),
        -- Taken while the order's row is locked, so it rises per order in commit order.
        seq            bigint GENERATED ALWAYS AS IDENTITY,
        from_status    text NOT NULL CONSTRAINT order_transitions_from
                         CHECK (from_status = 'created' OR from_status IN ${STATUSES}),
        to_status      text NOT NULL CONSTRAINT order_transitions_to CHECK (to_status IN ${STATUSES}),
        cause          text NOT NULL,
        at             timestamptz NOT NULL,
        PRIMARY KEY (order_id, seq)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE ordering.order_transitions, ordering.order_lines, ordering.orders; DROP SCHEMA ordering',
    );
  }
}

/** The payment and the refunds of an order, and an index for the orders whose payment is overdue. */
export class OrderPayment1700000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ordering.orders
        ADD payment_status    text CONSTRAINT orders_payment_status CHECK (payment_status IN
                                ('pending', 'captured', 'failed', 'canceled', 'partially_refunded', 'refunded')),
        ADD payment_provider  text,
        ADD client_secret     text,
        ADD refunded          numeric(12,2) NOT NULL DEFAULT 0
                              CONSTRAINT orders_refunded_at_most_total CHECK (refunded BETWEEN 0 AND total),
        -- True for an order that was refunded without its goods: only such a canceled order keeps its stock.
        ADD stock_kept        boolean NOT NULL DEFAULT false
                              CONSTRAINT orders_stock_kept CHECK (status = 'canceled' OR NOT stock_kept);
      CREATE INDEX orders_unpaid ON ordering.orders (placed_at) WHERE status IN ('reserved', 'payment_pending');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX ordering.orders_unpaid;
      ALTER TABLE ordering.orders DROP payment_status, DROP payment_provider, DROP client_secret, DROP refunded,
        DROP stock_kept;
    `);
  }
}
