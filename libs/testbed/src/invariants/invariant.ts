/**
 * `always`: in every committed snapshot, also under load. `quiet`: when no request is under way. `drained`: when the
 * worker has nothing left to do either.
 */
export type Moment = 'always' | 'quiet' | 'drained';

export interface Invariant {
  id: string;
  moment: Moment;
  statement: string;
  /** Selects what violates it. */
  sql: string;
}

/**
 * The units of a line `l` that its order `o` still has out of stock: all of them, less those that came back. A line of
 * an order that was canceled before it was paid has none.
 */
export const UNITS_OUT = `CASE WHEN o.status = 'canceled' AND NOT o.stock_kept AND l.withdrawn = 0 THEN 0
                               ELSE l.quantity - l.restocked END`;

/** Each step of an order and the event that reports it. */
export const REPORTED_BY = `(VALUES
  ('reserved', 'ordering.order-placed'), ('payment_pending', 'ordering.order-payment-pending'),
  ('paid', 'ordering.order-paid'), ('fulfilled', 'ordering.order-fulfilled'), ('canceled', 'ordering.order-canceled')
) AS reported (to_status, type)`;

/** Events since then must be in the log: EVENT_RETENTION is a day at least. Older events may be swept. */
export const SURELY_LOGGED_SINCE = `clock_timestamp() - interval '1 day'`;

/** Whether the log surely has every event of an order `o`. */
export const SURELY_LOGGED = `o.placed_at > ${SURELY_LOGGED_SINCE}`;
