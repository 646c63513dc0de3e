/**
 * `always`: in every committed snapshot, also while others trade. `quiet`: when nobody is at work. `drained`: when the
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

/** Each step of an order and the event that tells of it. */
export const TOLD = `(VALUES ('reserved', 'ordering.order-placed'), ('payment_pending', 'ordering.order-payment-pending'),
                             ('paid', 'ordering.order-paid'), ('fulfilled', 'ordering.order-fulfilled'),
                             ('canceled', 'ordering.order-canceled')) AS told (to_status, type)`;

/** What happened since must be in the log: EVENT_RETENTION is a day at least. What is older may be swept. */
export const SURELY_LOGGED_SINCE = `clock_timestamp() - interval '1 day'`;

/** The whole story of an order `o`. */
export const SURELY_LOGGED = `o.placed_at > ${SURELY_LOGGED_SINCE}`;
