import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is to be shipped, what has left, and what comes back. */
export class Fulfilment1700000000112 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA fulfilment;

      -- The order gives its fulfilment the id: there is one for each paid order.
      CREATE TABLE fulfilment.fulfilments (
        order_id         uuid PRIMARY KEY,
        status           text NOT NULL CONSTRAINT fulfilments_status CHECK (status IN ('open', 'partial', 'done')),
        version          integer NOT NULL,
        opened_at        timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL
      ) WITH (fillfactor = 80);
      CREATE INDEX fulfilments_by_status ON fulfilment.fulfilments (status, order_id);

      CREATE TABLE fulfilment.shipments (
        id               uuid PRIMARY KEY,
        order_id         uuid NOT NULL REFERENCES fulfilment.fulfilments (order_id),
        carrier          text,
        tracking_number  text,
        tracking_url     text CONSTRAINT shipments_tracking_url CHECK (tracking_url LIKE 'https://%'),
        shipped_at       timestamptz NOT NULL
      );
      CREATE INDEX shipments_of_order ON fulfilment.shipments (order_id);

      CREATE TABLE fulfilment.shipment_lines (
        shipment_id      uuid NOT NULL REFERENCES fulfilment.shipments (id),
        order_id         uuid NOT NULL,
        product_id       uuid NOT NULL,
        quantity         integer NOT NULL CONSTRAINT shipment_lines_quantity_positive CHECK (quantity > 0),
        PRIMARY KEY (shipment_id, product_id)
      );

      CREATE TABLE fulfilment.returns (
        id               uuid PRIMARY KEY,
        order_id         uuid NOT NULL REFERENCES fulfilment.fulfilments (order_id),
        customer_id      uuid NOT NULL,
        status           text NOT NULL CONSTRAINT returns_status CHECK (status IN ('requested', 'received', 'rejected')),
        reason           text NOT NULL,
        reject_reason    text CONSTRAINT returns_reject_reason CHECK ((reject_reason IS NOT NULL) = (status = 'rejected')),
        version          integer NOT NULL,
        requested_at     timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL
      ) WITH (fillfactor = 80);
      CREATE INDEX returns_by_status ON fulfilment.returns (status, id);

      CREATE TABLE fulfilment.return_lines (
        return_id        uuid NOT NULL REFERENCES fulfilment.returns (id),
        product_id       uuid NOT NULL,
        quantity         integer NOT NULL CONSTRAINT return_lines_quantity_positive CHECK (quantity > 0),
        restocked        integer NOT NULL DEFAULT 0 CONSTRAINT return_lines_restocked CHECK (restocked >= 0),
        written_off      integer NOT NULL DEFAULT 0 CONSTRAINT return_lines_written_off CHECK (written_off >= 0),
        PRIMARY KEY (return_id, product_id),
        CONSTRAINT return_lines_at_most_requested CHECK (restocked + written_off <= quantity)
      );

      -- Orders that were paid before.
      INSERT INTO fulfilment.fulfilments (order_id, status, version, opened_at, updated_at)
        SELECT o.id, CASE o.status WHEN 'paid' THEN 'open' ELSE 'done' END, 1, t.at, o.updated_at
        FROM ordering.orders o JOIN ordering.order_transitions t ON t.order_id = o.id AND t.to_status = 'paid';
      INSERT INTO fulfilment.shipments (id, order_id, shipped_at)
        SELECT (s.shipment ->> 'id')::uuid, o.id, (s.shipment ->> 'shippedAt')::timestamptz
        FROM ordering.orders o, jsonb_array_elements(o.shipments) AS s (shipment);
      INSERT INTO fulfilment.shipment_lines (shipment_id, order_id, product_id, quantity)
        SELECT s.id, l.order_id, l.product_id, l.shipped
        FROM fulfilment.shipments s JOIN ordering.order_lines l ON l.order_id = s.order_id;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE fulfilment.return_lines, fulfilment.returns, fulfilment.shipment_lines, fulfilment.shipments,
        fulfilment.fulfilments;
      DROP SCHEMA fulfilment`);
  }
}
