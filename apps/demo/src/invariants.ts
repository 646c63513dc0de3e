/**
 * The promise, said in SQL: an order that was answered 201 has its stock, and no unit is ever sold twice.
 *
 * Checked by `npm run demo` while it trades, and by the tests after every storm.
 */
import { randomUUID } from 'node:crypto';
import { Client, DatabaseError } from 'pg';

/** `always`: in every committed snapshot, also while others trade. `quiet`: when nobody is at work. */
export type Moment = 'always' | 'quiet';

export interface Invariant {
  id: string;
  moment: Moment;
  statement: string;
  /** Selects what violates it. */
  sql: string;
}

export interface Finding extends Pick<Invariant, 'id' | 'statement'> {
  violations: unknown[];
}

/** Enough to see what is wrong; a broken rule breaks many rows. */
const MOST_SHOWN = 20;

const HOLDS_STOCK = `('reserved', 'payment_pending', 'paid', 'fulfilled')`;

const MOVES = `('created', 'reserved'), ('reserved', 'payment_pending'), ('reserved', 'paid'), ('reserved', 'canceled'),
               ('payment_pending', 'paid'), ('payment_pending', 'canceled'), ('paid', 'fulfilled'), ('paid', 'canceled'),
               ('fulfilled', 'canceled')`;

/** Each step of an order and the event that tells of it. */
const TOLD = `('reserved', 'ordering.order-placed'), ('payment_pending', 'ordering.order-payment-pending'),
              ('paid', 'ordering.order-paid'), ('fulfilled', 'ordering.order-fulfilled'),
              ('canceled', 'ordering.order-canceled')`;

export const INVARIANTS: Invariant[] = [
  {
    id: 'INV-01',
    moment: 'always',
    statement: 'Stock is what came in, less what orders hold.',
    // From the orders' own lines, not from the movements they caused: a second witness beside INV-03 and INV-04.
    sql: `
      SELECT p.id, p.sku, p.on_hand, coalesce(r.units, 0) AS received, coalesce(h.units, 0) AS held_by_orders
      FROM catalog.products p
      LEFT JOIN (SELECT product_id, sum(delta) AS units FROM catalog.stock_movements
                 WHERE kind IN ('initial', 'adjustment') GROUP BY product_id) r ON r.product_id = p.id
      LEFT JOIN (SELECT l.product_id, sum(l.quantity) AS units
                 FROM ordering.order_lines l JOIN ordering.orders o ON o.id = l.order_id
                 WHERE o.status IN ${HOLDS_STOCK} OR o.stock_kept GROUP BY l.product_id) h ON h.product_id = p.id
      WHERE p.on_hand <> coalesce(r.units, 0) - coalesce(h.units, 0)`,
  },
  {
    id: 'INV-02',
    moment: 'always',
    statement: 'Stock is never below zero, nor has it ever been.',
    sql: `
      SELECT id AS product_id, on_hand, NULL::bigint AS movement FROM catalog.products WHERE on_hand < 0
      UNION ALL
      SELECT product_id, balance_after, seq FROM catalog.stock_movements WHERE balance_after < 0`,
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
      'Each line of an order took its stock once, and gave it back once if the order is canceled and its goods came back.',
    sql: `
      WITH lines AS (
        SELECT l.order_id, l.product_id, o.status = 'canceled' AND NOT o.stock_kept AS is_over,
               count(*) AS lines, sum(l.quantity) AS units
        FROM ordering.order_lines l LEFT JOIN ordering.orders o ON o.id = l.order_id
        GROUP BY l.order_id, l.product_id, is_over),
      movements AS (
        SELECT order_id, product_id,
               count(*) FILTER (WHERE kind = 'order-placed') AS takings,
               coalesce(-sum(delta) FILTER (WHERE kind = 'order-placed'), 0) AS taken,
               count(*) FILTER (WHERE kind = 'order-canceled') AS returns,
               coalesce(sum(delta) FILTER (WHERE kind = 'order-canceled'), 0) AS returned
        FROM catalog.stock_movements WHERE order_id IS NOT NULL GROUP BY order_id, product_id)
      SELECT * FROM lines FULL JOIN movements USING (order_id, product_id)
      WHERE (takings, taken) IS DISTINCT FROM (lines, units)
         OR (returns, returned) IS DISTINCT FROM
            (CASE WHEN is_over THEN lines ELSE 0 END, CASE WHEN is_over THEN units ELSE 0 END)`,
  },
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
    statement: 'The total of an order is the exact sum of its lines, in one currency.',
    sql: `
      SELECT o.id AS order_id, o.total, coalesce(l.total, 0) AS total_of_lines, o.currency, l.currencies
      FROM ordering.orders o
      LEFT JOIN (SELECT order_id, sum(unit_price * quantity) AS total, array_agg(DISTINCT currency) AS currencies
                 FROM ordering.order_lines GROUP BY order_id) l ON l.order_id = o.id
      WHERE o.total <> coalesce(l.total, 0) OR l.currencies <> ARRAY[o.currency]`,
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
      LEFT JOIN (SELECT attempt_id, sum(amount) AS amount FROM payments.refunds GROUP BY attempt_id) r
        ON r.attempt_id = a.id
      WHERE a.refunded > a.captured OR a.refunded <> coalesce(r.amount, 0)`,
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
    id: 'INV-18',
    moment: 'always',
    statement: 'An idempotency key of an order names one order of the same customer, and no two keys name the same.',
    sql: `
      WITH answers AS (
        SELECT customer_id, key, response ->> 'id' AS order_id
        FROM platform.idempotency_keys WHERE operation = 'orders.place' AND response IS NOT NULL),
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
  {
    id: 'INV-20',
    moment: 'always',
    statement: 'Every step of every order is reported once, and nothing that did not happen.',
    sql: `
      WITH told AS (SELECT * FROM (VALUES ${TOLD}) AS told (to_status, type)),
      happened AS (
        SELECT order_id, type, count(*) AS times FROM ordering.order_transitions JOIN told USING (to_status)
        GROUP BY order_id, type),
      reported AS (
        SELECT aggregate_id AS order_id, type, count(*) AS reports FROM platform.outbox JOIN told USING (type)
        GROUP BY aggregate_id, type)
      SELECT * FROM happened FULL JOIN reported USING (order_id, type) WHERE times IS DISTINCT FROM reports`,
  },
  {
    id: 'INV-29',
    moment: 'always',
    statement: 'What was paid ends only by a refund of all of it, whatever is told later.',
    // That what was canceled is never paid is among the steps of INV-09.
    sql: `
      SELECT o.id AS order_id, o.total, o.refunded, t.from_status, t.cause
      FROM ordering.orders o JOIN ordering.order_transitions t ON t.order_id = o.id
      WHERE t.from_status IN ('paid', 'fulfilled') AND t.to_status = 'canceled' AND o.refunded <> o.total`,
  },
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
      FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()
`,
  },
];

type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/**
 * Looks at all tables in one snapshot, in a session of its own, so that it may run while others write. A `quiet` moment
 * is one at which everything must hold.
 */
export function checkInvariants(databaseUrl: string, moment: Moment = 'quiet'): Promise<Finding[]> {
  return inTransaction(databaseUrl, 'ISOLATION LEVEL REPEATABLE READ READ ONLY', async (query) => {
    const findings: Finding[] = [];
    for (const { id, statement, sql } of INVARIANTS.filter((each) => moment === 'quiet' || each.moment === 'always')) {
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
             (SELECT coalesce(sum(l.quantity), 0) FROM ordering.order_lines l JOIN ordering.orders o ON o.id = l.order_id
              WHERE o.status IN ${HOLDS_STOCK}) AS units`);
    return BigInt(String(row?.units));
  });
}

/**
 * INV-32: tries what the schema itself must refuse, whoever writes to it, and returns what it accepted. Leaves nothing
 * behind.
 */
export function schemaRefuses(databaseUrl: string): Promise<string[]> {
  const [customer, product, order, other] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const [payment, attempt] = [randomUUID(), randomUUID()];
  const [username, email] = [`ann-${customer}`, `${customer}@example.com`];
  const sound = [
    `INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active, version,
       created_at, updated_at)
     VALUES ('${customer}', '${username}', '${username}', '${email}', '${email}', '$argon2id$', 'customer', true, 1,
       now(), now())`,
    `INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at,
       updated_at)
     VALUES ('${product}', '${product}', 'Cup', '', 2.55, 'GBP', 1, true, 1, now(), now())`,
    `INSERT INTO catalog.stock_movements (product_id, id, kind, delta, balance_after, actor_id, at)
     VALUES ('${product}', '${other}', 'initial', 1, 1, '${customer}', now())`,
    `INSERT INTO ordering.orders (id, customer_id, status, total, currency, version, placed_at, updated_at)
     VALUES ('${order}', '${customer}', 'reserved', 2.55, 'GBP', 1, now(), now())`,
    `INSERT INTO ordering.order_lines (order_id, line_no, product_id, sku, name, quantity, unit_price, currency)
     VALUES ('${order}', 1, '${product}', '${product}', 'Cup', 1, 2.55, 'GBP')`,
    `INSERT INTO payments.payments (id, order_id, status, amount, currency, version, opened_at, updated_at)
     VALUES ('${payment}', '${order}', 'pending', 2.55, 'GBP', 1, now(), now())`,
    `INSERT INTO payments.attempts (id, payment_id, provider, status, captured, refunded, currency, started_at)
     VALUES ('${attempt}', '${payment}', 'acme', 'captured', 2.55, 0, 'GBP', now())`,
    `INSERT INTO payments.webhook_events (provider, event_id, payment_id, type, verdict, received_at)
     VALUES ('acme', '${attempt}', '${payment}', 'paid', 'applied', now())`,
    `INSERT INTO platform.idempotency_keys (customer_id, operation, key, fingerprint, expires_at)
     VALUES ('${customer}', 'orders.place', 'key', 'none', now())`,
  ];
  const rowOf = {
    'identity.customers': `id = '${customer}'`,
    'catalog.products': `id = '${product}'`,
    'catalog.stock_movements': `product_id = '${product}'`,
    'ordering.orders': `id = '${order}'`,
    'ordering.order_lines': `order_id = '${order}'`,
    'payments.payments': `id = '${payment}'`,
    'payments.attempts': `id = '${attempt}'`,
    'payments.webhook_events': `event_id = '${attempt}'`,
    'platform.idempotency_keys': `customer_id = '${customer}'`,
  };
  const change = (table: keyof typeof rowOf, what: string) => `UPDATE ${table} SET ${what} WHERE ${rowOf[table]}`;
  /** The same row once more, but for some columns. */
  const repeat = (table: keyof typeof rowOf, except: Record<string, unknown> = {}) =>
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, '${JSON.stringify(except)}')).*
     FROM ${table} t WHERE ${rowOf[table]}`;
  const attempts = {
    'stock below zero': change('catalog.products', 'on_hand = -1'),
    'a price below zero': change('catalog.products', 'price = -0.01'),
    'two products with one SKU': repeat('catalog.products', { id: other }),
    'a ledger balance below zero': change('catalog.stock_movements', 'balance_after = -1'),
    'a username twice, in another case': repeat('identity.customers', {
      ...{ id: other, username: username.toUpperCase(), username_key: other },
      ...{ email: `${other}@example.com`, email_key: other },
    }),
    'an e-mail address twice, in another case': repeat('identity.customers', {
      ...{ id: other, username: other, username_key: other, email: email.toUpperCase(), email_key: other },
    }),
    'an unknown status': change('ordering.orders', `status = 'lost'`),
    'a total below zero': change('ordering.orders', 'total = -0.01'),
    'a line of no units': change('ordering.order_lines', 'quantity = 0'),
    'a line priced below zero': change('ordering.order_lines', 'unit_price = -0.01'),
    'a line without a product': change('ordering.order_lines', 'product_id = NULL'),
    'a line without an order': change('ordering.order_lines', `order_id = '${other}'`),
    'a product twice in an order': repeat('ordering.order_lines', { line_no: 2 }),
    'more refunded than the total of an order': change('ordering.orders', 'refunded = total + 0.01'),
    'two payments for one order': repeat('payments.payments', { id: other }),
    'two live attempts for one payment': repeat('payments.attempts', { id: other }),
    'more refunded than was captured': change('payments.attempts', 'refunded = captured + 0.01'),
    'a webhook twice': repeat('payments.webhook_events'),
    'an idempotency key twice': repeat('platform.idempotency_keys'),
  };
  return inTransaction(databaseUrl, 'READ WRITE', async (query) => {
    for (const row of sound) await query(row);
    const accepted: string[] = [];
    for (const [what, sql] of Object.entries(attempts)) {
      await query('SAVEPOINT attempt');
      try {
        await query(sql);
        accepted.push(what);
      } catch (error) {
        // Class 23: a constraint said no. Anything else is a mistake in the attempt, and would pass for a refusal.
        if (!(error instanceof DatabaseError && error.code?.startsWith('23'))) throw error;
      }
      await query('ROLLBACK TO SAVEPOINT attempt');
    }
    return accepted;
  });
}

/** In a session of its own, because a pool answers each statement on any of its connections. Always rolled back. */
async function inTransaction<T>(databaseUrl: string, mode: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'holdfast invariants' });
  // Without a listener, a lost connection would end the process; the statement under way fails with it anyway.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`BEGIN ${mode}`);
    return await work(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
  } finally {
    // Ends the transaction too.
    await client.end();
  }
}
