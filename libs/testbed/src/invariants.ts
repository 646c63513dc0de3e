/**
 * The promise, written in SQL: an order that was answered 201 has its stock, and no unit is ever sold twice.
 *
 * Checked by `npm run demo` while it trades, and by the tests after every storm.
 */
import { CATALOGUE } from './invariants/catalogue';
import { EVENTS } from './invariants/events';
import { inTransaction } from './invariants/in-transaction';
import { FULFILMENT } from './invariants/fulfilment';
import { type Invariant, type Moment, UNITS_OUT } from './invariants/invariant';
import { ORDERS } from './invariants/orders';
import { PAYMENTS } from './invariants/payments';
import { STOCK } from './invariants/stock';

export interface Finding extends Pick<Invariant, 'id' | 'statement'> {
  violations: unknown[];
}

/** Settings of the service that an invariant needs to know. */
export interface Terms {
  /** PAYMENT_TIMEOUT. */
  paymentTimeout?: string;
  /** How often an event is tried: one more than the OUTBOX_RETRY_DELAYS. Unknown, it is not checked. */
  attempts?: number;
  /** UNPAID_ORDER_LIMIT and UNPAID_UNITS_LIMIT. Unknown, they are not checked. */
  unpaidOrders?: number;
  unpaidUnits?: number;
}

/** Enough to see what is wrong; a broken rule breaks many rows. */
const MOST_SHOWN = 20;

const HOUSEKEEPING: Invariant[] = [
  {
    id: 'INV-30',
    moment: 'quiet',
    statement: 'Nobody sits in an open transaction for 5 seconds, or waits for a lock.',
    sql: `
      SELECT pid::text AS who, state AS what, query FROM pg_stat_activity
      WHERE datname = current_database() AND state LIKE 'idle in transaction%'
        AND clock_timestamp() - state_change > interval '5 seconds'
      UNION ALL
      SELECT a.pid::text, 'waits for a ' || l.locktype || ' lock', a.query
      FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()`,
  },
];

export const INVARIANTS = [
  ...STOCK,
  ...CATALOGUE,
  ...ORDERS,
  ...FULFILMENT,
  ...PAYMENTS,
  ...EVENTS,
  ...HOUSEKEEPING,
].sort((a, b) => a.id.localeCompare(b.id));

/** What holds at a moment includes what holds before it. */
const MOMENTS: Moment[] = ['always', 'quiet', 'drained'];

/** Looks at all tables in one snapshot, in a session of its own, so that it may run while others write. */
export function checkInvariants(
  databaseUrl: string,
  moment: Moment = 'quiet',
  { paymentTimeout = '30 minutes', attempts, unpaidOrders, unpaidUnits }: Terms = {},
): Promise<Finding[]> {
  return inTransaction(databaseUrl, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', async (query) => {
    await query(`SET LOCAL holdfast.payment_timeout = '${paymentTimeout}'`);
    await query(`SET LOCAL holdfast.attempts = '${attempts ?? ''}'`);
    await query(`SET LOCAL holdfast.unpaid_orders = '${unpaidOrders ?? ''}'`);
    await query(`SET LOCAL holdfast.unpaid_units = '${unpaidUnits ?? ''}'`);
    const findings: Finding[] = [];
    const expected = MOMENTS.slice(0, MOMENTS.indexOf(moment) + 1);
    for (const { id, statement, sql } of INVARIANTS.filter((each) => expected.includes(each.moment))) {
      const violations = await query(`SELECT * FROM (${sql}) AS violation LIMIT ${MOST_SHOWN}`);
      findings.push({ id, statement, violations });
    }
    return findings;
  });
}

/** INV-05: units on the shelves and units that orders hold. Without adjustments, the same number in every snapshot. */
export function bank(databaseUrl: string): Promise<bigint> {
  return inTransaction(databaseUrl, 'READ ONLY', async (query) => {
    const [row] = await query(`
      SELECT (SELECT coalesce(sum(on_hand), 0) FROM catalog.products) +
             (SELECT coalesce(sum(${UNITS_OUT}), 0) FROM ordering.order_lines l
              JOIN ordering.orders o ON o.id = l.order_id) AS units`);
    return BigInt(String(row?.units));
  });
}
