import { type Invariant, REPORTED_BY, SURELY_LOGGED, SURELY_LOGGED_SINCE, UNITS_OUT } from './invariant';

/** The units that events report: taken by an order, given back by it. */
const UNITS_REPORTED = `
  (SELECT e.aggregate_id AS order_id, (line ->> 'productId')::uuid AS product_id, (line ->> 'quantity')::bigint AS units
   FROM platform.outbox e, jsonb_array_elements(e.payload -> 'lines') AS line WHERE e.type = 'ordering.order-placed'
   UNION ALL
   SELECT e.aggregate_id, (back ->> 'productId')::uuid, -(back ->> 'quantity')::bigint
   FROM platform.outbox e, jsonb_array_elements(e.payload -> 'restocked') AS back WHERE e.type = 'ordering.order-canceled'
   UNION ALL
   SELECT (e.payload ->> 'orderId')::uuid, (back ->> 'productId')::uuid, -(back ->> 'restocked')::bigint
   FROM platform.outbox e, jsonb_array_elements(e.payload -> 'items') AS back
   WHERE e.type IN ('ordering.units-withdrawn', 'fulfilment.return-received'))`;

const REMOVED = `FROM platform.outbox r WHERE r.type = 'catalog.product-removed' AND r.aggregate_id`;

export const EVENTS: Invariant[] = [
  {
    id: 'INV-20',
    moment: 'always',
    statement: 'Every step of every order is reported once, and nothing that did not happen.',
    sql: `
      WITH happened AS (
        SELECT t.order_id, reported.type, count(*) AS times, bool_and(t.at > ${SURELY_LOGGED_SINCE}) AS surely_logged
        FROM ordering.order_transitions t JOIN ${REPORTED_BY} USING (to_status) GROUP BY t.order_id, reported.type),
      reported AS (
        SELECT e.aggregate_id AS order_id, reported.type, count(*) AS reports
        FROM platform.outbox e JOIN ${REPORTED_BY} USING (type) GROUP BY e.aggregate_id, reported.type)
      SELECT * FROM happened FULL JOIN reported USING (order_id, type)
      WHERE times IS NULL OR reports > times OR (surely_logged AND times IS DISTINCT FROM reports)`,
  },
  {
    id: 'INV-21',
    moment: 'always',
    statement: 'An event is pending, sent, or dead after all its attempts; never two of these, and never by itself.',
    sql: `
      SELECT id AS event_id, type, status, attempts, claimed_until, sent_at, last_error
      FROM platform.outbox, CAST(nullif(current_setting('holdfast.attempts'), '') AS int) AS most
      WHERE status NOT IN ('pending', 'sent', 'dead', 'discarded')
         OR (status = 'sent') <> (sent_at IS NOT NULL)
         OR (status = 'pending' AND next_attempt_at IS NULL)
         OR (status IN ('sent', 'dead') AND attempts < 1)
         OR (status = 'dead' AND last_error IS NULL)
         -- Where the number of attempts is known: only the last one's worker may have it in hand, or have vanished.
         OR attempts > most
         OR (status = 'dead' AND attempts <> most)
         OR (status = 'pending' AND attempts = most AND claimed_until IS NULL)`,
  },
  {
    id: 'INV-22',
    moment: 'always',
    statement: 'Nothing is handled, or sent to a subscriber, but what was recorded, as it was recorded.',
    sql: `
      SELECT d.event_id, d.event_type, d.endpoint_id::text AS by FROM webhooks.deliveries d
      LEFT JOIN platform.outbox e ON e.id = d.event_id, LATERAL (SELECT d.body::jsonb AS sent) b
      WHERE (sent ->> 'time')::timestamptz > ${SURELY_LOGGED_SINCE}
        AND (d.event_type, d.aggregate_id, sent ->> 'id', sent ->> 'sequence', sent -> 'data')
            IS DISTINCT FROM (e.type, e.aggregate_id, e.id::text, lpad(e.sequence::text, 19, '0'), e.payload - 'private')
      UNION ALL
      SELECT h.event_id, NULL, h.handler FROM platform.handled_events h
      WHERE h.handled_at > ${SURELY_LOGGED_SINCE} AND NOT EXISTS (SELECT FROM platform.outbox e WHERE e.id = h.event_id)`,
  },
  {
    id: 'INV-22',
    moment: 'drained',
    statement: 'Nothing is left to be handled, published or sent, but what waits behind a dead event.',
    sql: `
      SELECT e.id AS event_id, e.type, e.status, e.published_at, e.announced_at, NULL::uuid AS endpoint_id
      FROM platform.outbox e
      WHERE e.announced_at IS NULL OR (e.status = 'sent' AND e.published_at IS NULL)
         OR (e.status = 'pending' AND NOT EXISTS (
               SELECT FROM platform.outbox d
               WHERE d.aggregate_id = e.aggregate_id AND d.sequence < e.sequence AND d.status = 'dead'))
      UNION ALL
      SELECT d.event_id, d.event_type, d.status, NULL, NULL, d.endpoint_id
      FROM webhooks.deliveries d WHERE d.status = 'pending'`,
  },
  {
    id: 'INV-23',
    moment: 'always',
    statement: 'The events of an aggregate are handled in their order.',
    sql: `
      SELECT event_id, type, aggregate_id, sequence
      FROM (SELECT id AS event_id, type, aggregate_id, sequence, status, sent_at, max(sent_at) OVER earlier AS sent_before,
                   bool_or(status IN ('pending', 'dead')) OVER earlier AS waited_for
            FROM platform.outbox WINDOW earlier AS
              (PARTITION BY aggregate_id ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) e
      WHERE status = 'sent' AND (waited_for OR sent_at < sent_before)`,
  },
  {
    id: 'INV-24',
    moment: 'always',
    statement: 'The log of events, followed from its beginning, comes to the statuses, units and stock of the tables.',
    // The stock is compared only for products that were created within the log, which knows their first unit.
    sql: `
      WITH logged AS (SELECT o.id, o.status, o.stock_kept FROM ordering.orders o WHERE ${SURELY_LOGGED}),
      last_reported AS (
        SELECT DISTINCT ON (e.aggregate_id) e.aggregate_id AS id, reported.to_status
        FROM platform.outbox e JOIN ${REPORTED_BY} USING (type) ORDER BY e.aggregate_id, e.sequence DESC),
      held AS (
        SELECT l.order_id, l.product_id, sum(${UNITS_OUT}) AS units
        FROM ordering.order_lines l JOIN logged o ON o.id = l.order_id
        GROUP BY l.order_id, l.product_id HAVING sum(${UNITS_OUT}) <> 0),
      reported_held AS (
        SELECT u.order_id, u.product_id, sum(u.units) AS units
        FROM ${UNITS_REPORTED} u JOIN logged o ON o.id = u.order_id
        GROUP BY u.order_id, u.product_id HAVING sum(u.units) <> 0),
      reported_stock AS (
        SELECT s.product_id, sum(s.units) AS units
        FROM (SELECT aggregate_id, (payload ->> 'stock')::bigint FROM platform.outbox WHERE type = 'catalog.product-created'
              UNION ALL
              SELECT aggregate_id, (payload ->> 'delta')::bigint FROM platform.outbox WHERE type = 'catalog.stock-adjusted'
              UNION ALL
              SELECT product_id, -units FROM ${UNITS_REPORTED} u) s (product_id, units)
        WHERE EXISTS (SELECT FROM platform.outbox c WHERE c.aggregate_id = s.product_id
                      AND c.type = 'catalog.product-created' AND c.occurred_at > ${SURELY_LOGGED_SINCE})
        GROUP BY s.product_id)
      SELECT o.id AS order_id, NULL::uuid AS product_id, o.status AS is, t.to_status AS reported
      FROM logged o LEFT JOIN last_reported t USING (id) WHERE o.status IS DISTINCT FROM t.to_status
      UNION ALL
      SELECT order_id, product_id, h.units::text, t.units::text
      FROM held h FULL JOIN reported_held t USING (order_id, product_id) WHERE h.units IS DISTINCT FROM t.units
      UNION ALL
      SELECT NULL, t.product_id, p.on_hand::text, t.units::text
      FROM reported_stock t LEFT JOIN catalog.products p ON p.id = t.product_id
      WHERE t.units IS DISTINCT FROM p.on_hand AND (p.id IS NOT NULL OR NOT EXISTS (SELECT ${REMOVED} = t.product_id))
      UNION ALL
      SELECT NULL, p.id, p.on_hand::text, 'removed' FROM catalog.products p WHERE EXISTS (SELECT ${REMOVED} = p.id)`,
  },
];
