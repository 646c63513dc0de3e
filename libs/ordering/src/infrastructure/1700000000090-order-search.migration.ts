import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders are found by number, status, product and day. `orderNumber` in the shared kernel computes the same number. */
export class OrderSearch1700000000090 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const digit = (position: number) =>
      `substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (bits >> ${45 - 5 * position} & 31)::int + 1, 1)`;
    const digits = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => digit(from + i)).join(' || ');
    await runner.query(`
      CREATE FUNCTION ordering.order_number(id uuid) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT to_char(timestamp '1970-01-01' + (ms / 1000.0) * interval '1 second', 'YYYYMMDD')
               || '-' || ${digits(0, 5)} || '-' || ${digits(5, 10)}
        FROM (SELECT ('x' || left(hex, 12))::bit(48)::bigint AS ms, ('x' || right(hex, 16))::bit(64)::bigint AS bits
              FROM (SELECT replace(id::text, '-', '') AS hex) AS id) AS parts
      $$;
      ALTER TABLE ordering.orders
        ADD number text COLLATE "C" NOT NULL GENERATED ALWAYS AS (ordering.order_number(id)) STORED;
      CREATE INDEX orders_by_number ON ordering.orders (number);
      CREATE INDEX orders_by_status ON ordering.orders (status, id);
      CREATE INDEX order_lines_by_product ON ordering.order_lines (product_id, order_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX ordering.orders_by_status, ordering.order_lines_by_product;
      ALTER TABLE ordering.orders DROP number;
      DROP FUNCTION ordering.order_number(uuid);
    `);
  }
}
