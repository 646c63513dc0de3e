import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';
import type { QueryResultRow } from 'pg';

export const PRODUCTS = 10_000;
export const CUSTOMERS = 1_000;
/** More than all runs together can sell. */
const STOCK = 1_000_000_000;
/** The number of the admin's account. */
const ADMIN = 0;
const TOKENS_LIVE_S = 86_400;

export type Query = <Row extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Ids are numbered, so that requests and SQL can name a row without a lookup. */
const numberedId = (kind: string, n: number): string =>
  `01900000-0000-7000-${kind}-${n.toString(16).padStart(12, '0')}`;
const KINDS = { product: '8000', customer: '9000', category: 'a000' };
type Kind = keyof typeof KINDS;
export const productId = (n: number): string => numberedId(KINDS.product, n);
export const customerId = (n: number): string => numberedId(KINDS.customer, n);
export const categoryId = (n: number): string => numberedId(KINDS.category, n);
export const sqlId = (kind: Kind, n: string): string =>
  `('01900000-0000-7000-${KINDS[kind]}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** Ten with ten each under them: a product stands in one of these hundred. */
export const TOP_CATEGORY = 1;
export const CATEGORY = 11;

/** Puts the shop into a migrated database, and returns the tokens of its admin and its customers. */
export async function seedShop(query: Query, key: string): Promise<string[]> {
  await query(
    `INSERT INTO catalog.categories (id, parent_id, name, version, created_at, updated_at)
     SELECT ${sqlId('category', 'n')}, CASE WHEN n >= $2 THEN ${sqlId('category', '1 + (n - $2::int) / 10')} END,
            'Department ' || n, 1, now(), now()
     FROM generate_series(1, $1::int) AS n`,
    [CATEGORY + 99, CATEGORY],
  );
  await seedProducts(query, 1, PRODUCTS);
  await seedCustomers(query, 1, CUSTOMERS);
  await seedCustomers(query, ADMIN, ADMIN, 'admin');
  await query('VACUUM (ANALYZE)');
  const customers = Array.from({ length: CUSTOMERS }, (_, index) =>
    accessToken(customerId(index + 1), 'customer', key),
  );
  return [accessToken(customerId(ADMIN), 'admin', key), ...customers];
}

/** Products of the numbers `first` to `last`, each with its stock in the ledger. */
export async function seedProducts(query: Query, first: number, last: number): Promise<void> {
  await query(
    `WITH made AS (
       INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at,
         updated_at, category_id)
       SELECT ${sqlId('product', 'n')}, 'SKU-' || lpad(n::text, 8, '0'),
              colours[1 + n % 10] || ' ' || makes[1 + n / 10 % 8] || ' ' ||
              CASE WHEN n % 2500 = 7 THEN 'Theremin' ELSE things[1 + n / 80 % 20] END || ' ' || n % 997,
              'For ' || rooms[1 + n / 3 % 8] || ' and ' || rooms[1 + n / 7 % 8] || ', made of ' || colours[1 + n / 11 % 10] ||
              ' parts, number ' || n % 499 || '. Easy to clean, and made to last.', (n * 37::bigint % 90000 + 100)::numeric / 100, 'GBP', $3, true, 1,
              now() - n * interval '1 second', now(), ${sqlId('category', `${CATEGORY} + n % 100`)}
       FROM generate_series($1::int, $2::int) AS n,
            (SELECT '{Red,Blue,Green,White,Black,Silver,Oak,Walnut,Copper,Ivory}'::text[] AS colours,
                    '{Compact,Heavy,Silent,Smart,Classic,Mini,Folding,Outdoor}'::text[] AS makes,
                    '{Lamp,Drill,Chair,Table,Kettle,Phone,Camera,Bag,Bottle,Shelf,Mixer,Router,Clock,Vase,Mirror,Basket,Candle,Blanket,Toaster,Tray}'::text[] AS things,
                    '{kitchen,garden,office,bedroom,workshop,hallway,bathroom,balcony}'::text[] AS rooms) AS words
       RETURNING id)
     INSERT INTO catalog.stock_movements (product_id, id, kind, delta, balance_after, actor_id, at)
     SELECT id, gen_random_uuid(), 'initial', $3, $3, ${sqlId('customer', '0')}, now() FROM made`,
    [first, last, STOCK],
  );
}

/** Every tenth product, with a word about it in the ledger. */
export async function sellOut(query: Query): Promise<void> {
  await query(
    `WITH gone AS (
       UPDATE catalog.products SET on_hand = 0 WHERE right(sku, 1) = '0' AND on_hand = $1 RETURNING id)
     INSERT INTO catalog.stock_movements (product_id, id, kind, delta, balance_after, actor_id, at)
     SELECT id, gen_random_uuid(), 'adjustment', -$1::bigint, 0, ${sqlId('customer', '0')}, now() FROM gone`,
    [STOCK],
  );
}

export async function seedCustomers(query: Query, first: number, last: number, role = 'customer'): Promise<void> {
  await query(
    `INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active, version,
       created_at, updated_at)
     SELECT ${sqlId('customer', 'n')}, 'c' || n, 'c' || n, n || '@example.com', n || '@example.com', '$argon2id$none',
            $3, true, 1, now(), now()
     FROM generate_series($1::int, $2::int) AS n`,
    [first, last, role],
  );
}

/** Which orders, and whose. */
export interface OldOrders {
  first: number;
  last: number;
  /** They take turns. */
  customers: { first: number; last: number };
  /** Of which each is ordered in its turn, one unit at a time. */
  products: number;
  /** Whether the worker has delivered their events. */
  delivered: boolean;
}

const AT_ONCE = 200_000;
/** Seconds between two of them. */
const APART = 1;

/** In this session no reference is checked, as what is made cannot but fit, and no commit waits for the disk. */
export async function withoutChecks(query: Query): Promise<void> {
  await query('ALTER TABLE catalog.products ENABLE ALWAYS TRIGGER products_keep_texts');
  await query('SET session_replication_role = replica');
  await query('SET synchronous_commit = off');
}

/**
 * All that placing an order writes, for orders of the past. They are numbered, so that those of one shop have different
 * ids. No other session may write at the same time.
 */
export async function seedOrders(query: Query, orders: OldOrders, advance: (done: number) => void): Promise<void> {
  const { customers, products, delivered } = orders;
  await query(`
    CREATE TEMPORARY TABLE placed (id uuid, customer_id uuid, product_id uuid, sku text, name text, price numeric,
      balance bigint, at timestamptz)`);
  for (let first = orders.first; first <= orders.last; first += AT_ONCE) {
    const last = Math.min(orders.last, first + AT_ONCE - 1);
    await query('TRUNCATE placed');
    await query(
      `INSERT INTO placed
       SELECT (overlay(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') PLACING '-' FROM 9 FOR 0)
               || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
              ${sqlId('customer', '$3::int + n % ($4::int - $3::int + 1)')}, p.id, p.sku, p.name, p.price,
              p.on_hand - 1 - (n - $6::int) / $5::int, at
       FROM (SELECT n, now() - (30 * 60 + ($7::int - n) * ${APART}) * interval '1 second' AS at
             FROM generate_series($1::int, $2::int) AS n) AS o
       JOIN catalog.products p ON p.id = ${sqlId('product', '1 + (n - $6::int) % $5::int')}
       ORDER BY n`,
      [first, last, customers.first, customers.last, products, orders.first, orders.last],
    );
    for (const sql of whatPlacingWrites(delivered)) await query(sql);
    advance(last - first + 1);
  }
  await query(
    `UPDATE catalog.products p SET on_hand = on_hand - sold.units
     FROM (SELECT ${sqlId('product', '1 + n % $2::int')} AS id, count(*) AS units
           FROM generate_series(0, $1::int) AS n GROUP BY 1) AS sold
     WHERE sold.id = p.id`,
    [orders.last - orders.first, products],
  );
  await query('DROP TABLE placed');
}

/** From the rows of `placed`. */
const whatPlacingWrites = (delivered: boolean): string[] => [
  `INSERT INTO ordering.orders (id, customer_id, status, total, currency, version, placed_at, updated_at)
   SELECT id, customer_id, 'reserved', price, 'GBP', 1, at, at FROM placed`,
  `INSERT INTO ordering.order_lines (order_id, line_no, product_id, sku, name, quantity, unit_price, currency)
   SELECT id, 1, product_id, sku, name, 1, price, 'GBP' FROM placed`,
  `INSERT INTO ordering.order_transitions (order_id, from_status, to_status, cause, at)
   SELECT id, 'created', 'reserved', 'placed', at FROM placed`,
  `INSERT INTO ordering.unpaid_orders AS counted (customer_id, orders, units)
   SELECT customer_id, count(*), count(*) FROM placed GROUP BY customer_id
   ON CONFLICT (customer_id) DO UPDATE
     SET orders = counted.orders + excluded.orders, units = counted.units + excluded.units`,
  `INSERT INTO catalog.stock_movements (product_id, id, kind, delta, balance_after, actor_id, order_id, at)
   SELECT product_id, gen_random_uuid(), 'order-placed', -1, balance, customer_id, id, at FROM placed`,
  `INSERT INTO platform.outbox (id, type, aggregate_id, payload, occurred_at, status, attempts, sent_at, published_at,
     announced_at)
   SELECT overlay(id::text PLACING '9' FROM 20)::uuid, 'ordering.order-placed', id,
          jsonb_build_object('orderId', id, 'customerId', customer_id, 'placedAt', at,
            'total', jsonb_build_object('amount', price::text, 'currency', 'GBP'),
            'lines', jsonb_build_array(jsonb_build_object('productId', product_id, 'sku', sku, 'name', name, 'quantity', 1,
              'unitPrice', jsonb_build_object('amount', price::text, 'currency', 'GBP')))),
          at, ${delivered ? `'sent', 1, at, at, at` : `'pending', 0, NULL, NULL, NULL`}
   FROM placed`,
  `INSERT INTO platform.idempotency_keys (customer_id, operation, key, fingerprint, response, expires_at)
   SELECT customer_id, 'orders.place', gen_random_uuid()::text, repeat('0', 64),
          json_build_object('id', id, 'customerId', customer_id, 'status', 'reserved', 'items',
            json_build_array(json_build_object('productId', product_id, 'sku', sku, 'name', name, 'quantity', 1)),
            'total', json_build_object('amount', price::text, 'currency', 'GBP'), 'placedAt', at),
          now() + interval '24 hours'
   FROM placed`,
];

/** As the service signs it: ES256, RFC 9068. */
function accessToken(subject: string, role: string, pem: string): string {
  const { crv, kty, x, y } = createPublicKey(pem).export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { iss: 'holdfast', aud: 'holdfast-api', sub: subject, role, jti: randomUUID(), iat };
  const signed = [
    { alg: 'ES256', typ: 'at+jwt', kid },
    { ...claims, exp: iat + TOKENS_LIVE_S },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(signed), { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
