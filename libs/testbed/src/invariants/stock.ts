import { type Invariant, UNITS_OUT } from './invariant';

export const STOCK: Invariant[] = [
  {
    id: 'INV-01',
    moment: 'always',
    statement: 'Stock is what came in, less what orders hold.',
    // From the orders' own lines, not from the movements they caused: a second witness beside INV-03 and INV-04.
    sql: `
      SELECT p.id, p.sku, p.on_hand, coalesce(r.units, 0) AS received, coalesce(h.units, 0) AS held_by_orders
      FROM catalog.products p
      LEFT JOIN (SELECT product_id, sum(delta) AS units FROM catalog.stock_movements
                 WHERE kind IN ('initial', 'adjustment', 'inventory-count') GROUP BY product_id) r ON r.product_id = p.id
      LEFT JOIN (SELECT l.product_id, sum(${UNITS_OUT}) AS units
                 FROM ordering.order_lines l JOIN ordering.orders o ON o.id = l.order_id
                 GROUP BY l.product_id) h ON h.product_id = p.id
      WHERE p.on_hand <> coalesce(r.units, 0) - coalesce(h.units, 0)`,
  },
  {
    id: 'INV-02',
    moment: 'always',
    statement:
      'Stock is never below zero, nor has it ever been; nor is more of it held than there is, but where an admin or a count cut it.',
    // An order leaves the units that others hold, and a hold needs available units: after either, all holds have stock.
    sql: `
      SELECT id AS product_id, on_hand, NULL::bigint AS movement FROM catalog.products WHERE on_hand < 0
      UNION ALL
      SELECT product_id, balance_after, seq FROM catalog.stock_movements WHERE balance_after < 0
      UNION ALL
      SELECT p.id, p.on_hand, NULL FROM catalog.products p
      WHERE p.on_hand < (SELECT sum(quantity) FROM catalog.holds
                         WHERE product_id = p.id AND expires_at > clock_timestamp())
        AND coalesce((SELECT kind FROM catalog.stock_movements WHERE product_id = p.id AND delta < 0
             ORDER BY seq DESC LIMIT 1), '') NOT IN ('adjustment', 'inventory-count')`,
  },
  {
    id: 'INV-03',
    moment: 'always',
    statement: 'The ledger explains every unit: each balance is the one before plus its change, the last is the stock.',
    sql: `
      SELECT p.id AS product_id, p.on_hand, m.seq, m.kind, m.balance_before, m.delta, m.balance_after
      FROM catalog.products p
      LEFT JOIN (SELECT product_id, seq, kind, delta, balance_after,
                        lag(balance_after, 1, 0) OVER history AS balance_before,
                        row_number() OVER history AS position,
                        lead(seq) OVER history IS NULL AS is_last
                 FROM catalog.stock_movements WINDOW history AS (PARTITION BY product_id ORDER BY seq)) m
        ON m.product_id = p.id
      WHERE m.balance_after <> m.balance_before + m.delta
         OR (m.kind = 'initial' AND m.position > 1)
         OR (m.is_last AND m.balance_after <> p.on_hand)
         OR (m.seq IS NULL AND p.on_hand <> 0)`,
  },
  {
    id: 'INV-04',
    moment: 'always',
    statement:
      'Each line of an order took its stock once, and gave back what was not needed or returned; a write-off is a pair.',
    sql: `
      WITH lines AS (
        SELECT l.order_id, l.product_id, count(*) AS lines, sum(l.quantity) AS units,
               sum(l.quantity - ${UNITS_OUT}) AS back, sum(l.returned) AS returned
        FROM ordering.order_lines l LEFT JOIN ordering.orders o ON o.id = l.order_id
        GROUP BY l.order_id, l.product_id),
      movements AS (
        SELECT order_id, product_id,
               count(*) FILTER (WHERE kind = 'order-placed') AS takings,
               coalesce(-sum(delta) FILTER (WHERE kind = 'order-placed'), 0) AS taken,
               coalesce(sum(delta) FILTER (WHERE kind <> 'order-placed'), 0) AS given_back,
               coalesce(sum(delta) FILTER (WHERE kind = 'return-received'), 0) AS arrived
        FROM catalog.stock_movements WHERE order_id IS NOT NULL GROUP BY order_id, product_id)
      SELECT * FROM lines FULL JOIN movements USING (order_id, product_id)
      WHERE (takings, taken) IS DISTINCT FROM (lines, units)
         OR (given_back, arrived) IS DISTINCT FROM (back, returned)`,
  },
  {
    id: 'INV-11',
    moment: 'always',
    statement: 'A customer has one cart, that one line of a product, and that one hold, of as many units.',
    sql: `
      SELECT customer_id, NULL::uuid AS product_id, count(*) AS carts, NULL::bigint AS held
      FROM cart.carts GROUP BY customer_id HAVING count(*) > 1
      UNION ALL
      SELECT l.customer_id, l.product_id, count(c.customer_id), max(h.quantity)
      FROM cart.lines l LEFT JOIN cart.carts c ON c.customer_id = l.customer_id
      LEFT JOIN catalog.holds h ON h.owner_id = l.customer_id AND h.product_id = l.product_id
      GROUP BY l.customer_id, l.product_id HAVING count(*) > 1 OR count(c.customer_id) <> 1
         OR min(l.quantity) < 1 OR max(h.quantity) FILTER (WHERE h.expires_at > clock_timestamp()) <> max(l.quantity)`,
  },
  {
    id: 'INV-12',
    moment: 'quiet',
    statement: 'What was ordered or cleared is held no longer, and is swept within two minutes after its pause.',
    sql: `
      SELECT h.owner_id, h.product_id, h.quantity, h.expires_at, l.quantity AS in_cart
      FROM catalog.holds h LEFT JOIN cart.lines l ON l.customer_id = h.owner_id AND l.product_id = h.product_id
      WHERE (l.product_id IS NULL AND h.expires_at > clock_timestamp())
         OR h.expires_at < clock_timestamp() - interval '12 minutes'`,
  },
];
