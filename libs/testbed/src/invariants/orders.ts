import { type Invariant } from './invariant';

const MOVES = `('created', 'reserved'), ('reserved', 'payment_pending'), ('reserved', 'paid'), ('reserved', 'canceled'),
               ('payment_pending', 'paid'), ('payment_pending', 'canceled'), ('paid', 'fulfilled'), ('paid', 'canceled')`;

export const ORDERS: Invariant[] = [
  {
    id: 'INV-07',
    moment: 'always',
    statement: 'Every order has lines, every line an order and a product, and no order names a product twice.',
    sql: `
      SELECT o.id AS order_id, NULL::uuid AS product_id, 0 AS lines
      FROM ordering.orders o WHERE NOT EXISTS (SELECT FROM ordering.order_lines l WHERE l.order_id = o.id)
      UNION ALL
      SELECT l.order_id, l.product_id, 1 FROM ordering.order_lines l
      LEFT JOIN ordering.orders o ON o.id = l.order_id LEFT JOIN catalog.products p ON p.id = l.product_id
      WHERE o.id IS NULL OR p.id IS NULL
      UNION ALL
      SELECT order_id, product_id, count(*) FROM ordering.order_lines GROUP BY order_id, product_id HAVING count(*) > 1`,
  },
  {
    id: 'INV-08',
    moment: 'always',
    statement: 'The total of an order is the exact sum of its lines, shipping and tax, in one currency.',
    sql: `
      SELECT o.id AS order_id, o.total, coalesce(l.total, 0) AS total_of_lines, o.shipping, o.tax, l.tax AS tax_of_lines,
             o.tax_inclusive, o.currency, l.currencies
      FROM ordering.orders o
      LEFT JOIN (SELECT order_id, sum(unit_price * quantity) AS total, sum(tax) AS tax,
                        array_agg(DISTINCT currency) AS currencies
                 FROM ordering.order_lines GROUP BY order_id) l ON l.order_id = o.id
      WHERE o.total <> coalesce(l.total, 0) + o.shipping + CASE WHEN o.tax_inclusive THEN 0 ELSE o.tax END
         OR o.tax <> coalesce(l.tax, 0) + o.shipping_tax OR l.currencies <> ARRAY[o.currency]`,
  },
  {
    id: 'INV-09',
    moment: 'always',
    statement:
      'The history of an order leads from its creation to its status without a gap, by allowed steps, in time.',
    sql: `
      SELECT order_id, o.status, t.seq, t.status_before, t.from_status, t.to_status, t.at_before, t.at
      FROM ordering.orders o
      FULL JOIN (SELECT order_id, seq, from_status, to_status, at,
                        lag(to_status, 1, 'created') OVER history AS status_before,
                        lag(at) OVER history AS at_before,
                        lead(seq) OVER history IS NULL AS is_last
                 FROM ordering.order_transitions WINDOW history AS (PARTITION BY order_id ORDER BY seq)) t
        ON t.order_id = o.id
      WHERE o.id IS NULL OR t.seq IS NULL
         OR t.from_status <> t.status_before
         OR (t.from_status, t.to_status) NOT IN (VALUES ${MOVES})
         OR t.at < t.at_before
         OR (t.is_last AND t.to_status <> o.status)`,
  },
  {
    id: 'INV-10',
    moment: 'always',
    statement: 'Every order belongs to a customer.',
    sql: `
      SELECT o.id AS order_id, o.customer_id FROM ordering.orders o
      WHERE NOT EXISTS (SELECT FROM identity.customers c WHERE c.id = o.customer_id)`,
  },
  {
    id: 'INV-35',
    moment: 'always',
    statement: 'What a customer has not paid is counted as it is, and within the limits with the units in holds.',
    sql: `
      SELECT customer_id, u.orders AS counted, o.orders, u.units AS units_counted, o.units, h.units AS held
      FROM ordering.unpaid_orders u
      FULL JOIN (SELECT customer_id, count(*) AS orders, sum(l.units) AS units
                 FROM ordering.orders
                 CROSS JOIN LATERAL (SELECT sum(quantity) AS units FROM ordering.order_lines WHERE order_id = id) l
                 WHERE status IN ('reserved', 'payment_pending') GROUP BY customer_id) o USING (customer_id)
      LEFT JOIN (SELECT owner_id AS customer_id, sum(quantity) AS units FROM catalog.holds
                 WHERE expires_at > clock_timestamp() GROUP BY owner_id) h USING (customer_id)
      WHERE (coalesce(u.orders, 0), coalesce(u.units, 0)) <> (coalesce(o.orders, 0), coalesce(o.units, 0))
         OR u.orders > nullif(current_setting('holdfast.unpaid_orders'), '')::bigint
         OR u.units + coalesce(h.units, 0) > nullif(current_setting('holdfast.unpaid_units'), '')::bigint`,
  },
  {
    id: 'INV-18',
    moment: 'always',
    statement: 'An idempotency key of an order names one order of the same customer, and no two keys name the same.',
    sql: `
      WITH answers AS (
        SELECT customer_id, key, response ->> 'id' AS order_id
        FROM platform.idempotency_keys WHERE operation IN ('orders.place', 'cart.checkout') AND response IS NOT NULL),
      named AS (SELECT *, count(*) OVER (PARTITION BY order_id) AS keys FROM answers)
      SELECT n.customer_id, n.key, n.order_id, n.keys, o.customer_id AS owner
      FROM named n LEFT JOIN ordering.orders o
        ON o.id = CASE WHEN n.order_id ~ '^[0-9a-f-]{36}$' THEN n.order_id::uuid END
      WHERE o.customer_id IS DISTINCT FROM n.customer_id OR n.keys > 1`,
  },
  {
    id: 'INV-19',
    moment: 'always',
    statement: 'Every idempotency key guards a finished answer and knows which request it was given for.',
    sql: `
      SELECT customer_id, operation, key, fingerprint FROM platform.idempotency_keys
      WHERE json_typeof(response) IS DISTINCT FROM 'object' OR fingerprint !~ '^[0-9a-f]{64}$'`,
  },
];
