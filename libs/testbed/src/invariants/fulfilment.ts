import { type Invariant } from './invariant';

export const FULFILMENT: Invariant[] = [
  {
    id: 'INV-33',
    moment: 'always',
    statement:
      'No unit is shipped, returned or paid back twice: shipped + refunded before ≤ ordered, returned ≤ paid back ≤ shipped.',
    // The counts of the lines, and what the parcels and returns say: each is a witness against the other.
    sql: `
      SELECT order_id, product_id, l.quantity, l.shipped, l.withdrawn, l.settled, l.returned, l.restocked,
             s.units AS in_parcels, r.units AS in_returns, r.asked
      FROM ordering.order_lines l
      FULL JOIN (SELECT order_id, product_id, sum(quantity) AS units
                 FROM fulfilment.shipment_lines GROUP BY order_id, product_id) s USING (order_id, product_id)
      FULL JOIN (SELECT t.order_id, i.product_id, sum(i.restocked + i.written_off) AS units,
                        sum(i.quantity) FILTER (WHERE t.status = 'requested') AS asked
                 FROM fulfilment.returns t JOIN fulfilment.return_lines i ON i.return_id = t.id
                 GROUP BY t.order_id, i.product_id) r USING (order_id, product_id)
      WHERE l.order_id IS NULL OR least(l.shipped, l.withdrawn, l.settled, l.returned, l.restocked) < 0
         OR l.shipped + l.withdrawn > l.quantity OR l.returned > l.settled OR l.settled > l.shipped
         OR l.restocked > l.withdrawn + l.returned
         OR l.shipped <> coalesce(s.units, 0) OR l.returned <> coalesce(r.units, 0)
         OR l.returned + coalesce(r.asked, 0) > l.shipped`,
  },
  {
    id: 'INV-34',
    moment: 'always',
    statement:
      'A fulfilment belongs to a paid order and is done when nothing is left to ship; what has left is never canceled.',
    sql: `
      SELECT order_id, o.status, f.status AS fulfilment, l.shipped, l.still_to_ship
      FROM (SELECT order_id, sum(shipped) AS shipped, sum(quantity - shipped - withdrawn) AS still_to_ship
            FROM ordering.order_lines GROUP BY order_id) l
      JOIN ordering.orders o ON o.id = l.order_id
      FULL JOIN (SELECT order_id, min(status) AS status, count(*) AS fulfilments
                 FROM fulfilment.fulfilments GROUP BY order_id) f USING (order_id)
      WHERE (o.status = 'canceled' AND l.shipped > 0)
         OR (o.status = 'paid' AND l.still_to_ship = 0)
         OR (o.status = 'fulfilled' AND (l.shipped = 0 OR l.still_to_ship > 0))
         OR (f.order_id IS NULL AND l.shipped > 0)
         OR f.fulfilments > 1
         OR (f.order_id IS NOT NULL AND (o.status IS NULL OR o.status IN ('reserved', 'payment_pending')
             OR f.status <> CASE WHEN l.still_to_ship = 0 THEN 'done' WHEN l.shipped > 0 THEN 'partial' ELSE 'open' END))`,
  },
  {
    id: 'INV-34',
    moment: 'drained',
    statement: 'Every paid order has its fulfilment.',
    sql: `
      SELECT o.id AS order_id, o.status FROM ordering.orders o
      WHERE o.status IN ('paid', 'fulfilled')
        AND NOT EXISTS (SELECT FROM fulfilment.fulfilments f WHERE f.order_id = o.id)`,
  },
];
