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

export const HOLDS_STOCK = `('reserved', 'payment_pending', 'paid', 'fulfilled')`;

/** Each step of an order and the event that reports it. */
export const REPORTED_BY = `(VALUES
  ('reserved', 'ordering.order-placed'), ('payment_pending', 'ordering.order-payment-pending'),
  ('paid', 'ordering.order-paid'), ('fulfilled', 'ordering.order-fulfilled'), ('canceled', 'ordering.order-canceled')
) AS reported (to_status, type)`;

/** Events since then must be in the log: EVENT_RETENTION is a day at least. Older events may be swept. */
export const SURELY_LOGGED_SINCE = `clock_timestamp() - interval '1 day'`;

/** Whether the log surely has every event of an order `o`. */
export const SURELY_LOGGED = `o.placed_at > ${SURELY_LOGGED_SINCE}`;
