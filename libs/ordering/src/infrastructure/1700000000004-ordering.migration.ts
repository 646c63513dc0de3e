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
