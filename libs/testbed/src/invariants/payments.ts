import { type Invariant, REPORTED_BY, SURELY_LOGGED_SINCE } from './invariant';

export const PAYMENTS: Invariant[] = [
  {
    id: 'INV-13',
    moment: 'quiet',
    statement:
      'An order is paid exactly when its money is there, all that was not given back; of a canceled one nothing is left.',
    sql: `
      SELECT o.id AS order_id, o.status, o.total, o.refunded, m.captured, m.refunded AS sent_back
      FROM ordering.orders o
      LEFT JOIN (SELECT p.order_id, sum(a.captured) AS captured, sum(a.refunded) AS refunded
                 FROM payments.payments p JOIN payments.attempts a ON a.payment_id = p.id GROUP BY p.order_id) m
        ON m.order_id = o.id
      WHERE coalesce(m.captured - m.refunded, 0) <>
            CASE WHEN o.status IN ('paid', 'fulfilled') THEN o.total - o.refunded ELSE 0 END`,
  },
  {
    id: 'INV-14',
    moment: 'always',
    statement: 'An order has at most one payment, and that at most one live attempt.',
    sql: `
      SELECT p.order_id, count(*) AS live_attempts
      FROM payments.payments p JOIN payments.attempts a ON a.payment_id = p.id
      WHERE a.status IN ('started', 'accepted', 'captured') GROUP BY p.order_id HAVING count(*) > 1
      UNION ALL
      SELECT order_id, count(*) FROM payments.payments GROUP BY order_id HAVING count(*) > 1`,
  },
  {
    id: 'INV-15',
    moment: 'always',
    statement: 'Nothing is given back that did not come in, and every refund is on record.',
    sql: `
      SELECT a.id AS attempt_id, a.captured, a.refunded, coalesce(r.amount, 0) AS refunds
      FROM payments.attempts a
      LEFT JOIN (SELECT attempt_id, sum(amount) AS amount FROM payments.refunds
                 WHERE NOT (is_foreign AND status = 'failed') GROUP BY attempt_id) r
        ON r.attempt_id = a.id
      WHERE a.refunded > a.captured OR a.refunded <> coalesce(r.amount, 0)`,
  },
  {
    id: 'INV-15',
    moment: 'quiet',
    statement: 'An order shows as refunded exactly what its provider has confirmed as sent.',
    sql: `
      SELECT o.id AS order_id, o.payment_status, m.captured, m.sent
      FROM ordering.orders o
      JOIN (SELECT p.order_id, sum(a.captured) AS captured,
                   sum((SELECT coalesce(sum(r.amount), 0) FROM payments.refunds r
                        WHERE r.attempt_id = a.id AND r.status = 'succeeded')) AS sent
            FROM payments.payments p JOIN payments.attempts a ON a.payment_id = p.id GROUP BY p.order_id) m
        ON m.order_id = o.id
      WHERE (m.sent > 0 OR o.payment_status IN ('refunded', 'partially_refunded'))
        AND o.payment_status IS DISTINCT FROM CASE WHEN m.sent = 0 THEN 'captured'
                                                   WHEN m.sent = m.captured THEN 'refunded'
                                                   ELSE 'partially_refunded' END`,
  },
  {
    id: 'INV-16',
    moment: 'always',
    statement: 'No webhook was applied twice, and none is kept that is about nothing.',
    sql: `
      SELECT w.provider, w.event_id, count(*) AS times
      FROM payments.webhook_events w LEFT JOIN payments.payments p ON p.id = w.payment_id
      GROUP BY w.provider, w.event_id HAVING count(*) > 1 OR count(p.id) = 0`,
  },
  {
    id: 'INV-16',
    moment: 'always',
    statement: 'Each step of an order that a payment drove names the one event it came from, which was applied.',
    sql: `
      WITH driven AS (
        SELECT t.order_id, reported.type,
               CASE t.to_status WHEN 'payment_pending' THEN 'payments.payment-started'
                                WHEN 'paid' THEN 'payments.payment-captured'
                                ELSE 'payments.payment-failed' END AS driver
        FROM ordering.order_transitions t JOIN ordering.orders o ON o.id = t.order_id
        JOIN ${REPORTED_BY} USING (to_status)
        WHERE t.at > ${SURELY_LOGGED_SINCE}
          AND (t.to_status = 'payment_pending' OR (t.to_status = 'paid' AND o.total > 0)
               OR t.cause LIKE 'payment failed: %'))
      SELECT d.order_id, d.type, count(c.id) AS events
      FROM driven d
      LEFT JOIN platform.outbox e ON e.aggregate_id = d.order_id AND e.type = d.type
      LEFT JOIN platform.outbox c ON c.id = e.causation_id AND c.type = d.driver
        AND c.payload ->> 'orderId' = d.order_id::text
        AND EXISTS (SELECT FROM platform.handled_events h
                    WHERE h.event_id = c.id AND h.handler LIKE 'OrderingEventHandlers.%')
      GROUP BY d.order_id, d.type HAVING count(c.id) <> 1`,
  },
  {
    id: 'INV-17',
    moment: 'quiet',
    statement: 'No order waits for its payment longer than it may, counted from when a provider has the payment.',
    // The worker meets a deadline within a tenth of its time. A charge that its provider still processes is waited for.
    sql: `
      SELECT o.id AS order_id, o.status, p.accepted_at FROM ordering.orders o
      JOIN payments.payments p ON p.order_id = o.id
      WHERE o.status IN ('reserved', 'payment_pending')
        AND p.accepted_at < clock_timestamp() - 1.1 * current_setting('holdfast.payment_timeout')::interval
        AND p.checked_at < p.accepted_at + 1.1 * current_setting('holdfast.payment_timeout')::interval`,
  },
  {
    id: 'INV-29',
    moment: 'always',
    statement: 'What is canceled stays so, and what is paid is canceled by nothing but a refund of all of it.',
    sql: `
      SELECT t.order_id, t.from_status, t.to_status, t.cause, o.total, o.refunded
      FROM ordering.order_transitions t JOIN ordering.orders o ON o.id = t.order_id
      WHERE t.from_status = 'canceled'
         OR (t.from_status IN ('paid', 'fulfilled') AND t.to_status = 'canceled'
             AND (t.cause NOT LIKE 'refunded: %' OR o.refunded <> o.total))`,
  },
];
