import { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { bank, checkInvariants, INVARIANTS, type Moment, schemaRefuses } from '@holdfast/testbed';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { untilBlocked } from '../../support/eventually';

const uuid = (kind: string, n: number) => `0193${kind.repeat(4)}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const ANN = uuid('a', 1);
const BOB = uuid('a', 2);
const CUP = uuid('b', 1);
const BAG = uuid('b', 2);
/** Has no stock and no history. */
const TOY = uuid('b', 3);
const RESERVED = uuid('c', 1);
const CANCELED = uuid('c', 2);
const PAID = uuid('c', 3);
const FULFILLED = uuid('c', 4);
const PENDING = uuid('c', 5);
const NEW = uuid('c', 6);
const SUBSCRIBER = uuid('f', 1);
const NOBODY = uuid('d', 1);
const BOUGHT = uuid('e', 1);
const SPENT = uuid('e', 2);
const REFUNDED = uuid('e', 3);
const KEPT = uuid('c', 7);

const customer = (id: string, name: string) => `
  INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active, version,
    created_at, updated_at)
  VALUES ('${id}', '${name}', '${name}', '${name}@example.com', '${name}@example.com', '$argon2id$', 'customer', true, 1,
    now(), now());`;

const product = (id: string, onHand: number) => `
  INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at, updated_at)
  VALUES ('${id}', '${id}', 'a product', '', 2.55, 'GBP', ${onHand}, true, 1, now(), now());`;

const category = (id: string, parentId?: string) => `
  INSERT INTO catalog.categories (id, parent_id, name, version, created_at, updated_at)
  VALUES ('${id}', ${parentId ? `'${parentId}'` : 'NULL'}, '${id}', 1, now(), now());`;

const movement = (productId: string, kind: string, delta: number, balanceAfter: number, orderId?: string) => `
  INSERT INTO catalog.stock_movements (product_id, id, kind, delta, balance_after, actor_id, order_id, at)
  VALUES ('${productId}', gen_random_uuid(), '${kind}', ${delta}, ${balanceAfter}, '${ANN}',
    ${orderId ? `'${orderId}'` : 'NULL'}, now());`;

const EVENT_OF: Record<string, string> = {
  reserved: 'ordering.order-placed',
  payment_pending: 'ordering.order-payment-pending',
  paid: 'ordering.order-paid',
  fulfilled: 'ordering.order-fulfilled',
  canceled: 'ordering.order-canceled',
};

const DRIVEN_BY: Record<string, string> = {
  payment_pending: 'payments.payment-started',
  paid: 'payments.payment-captured',
};

type Line = [productId: string, quantity: number, unitPrice: number];

/** With its history, and with the events that report it. */
const order = (id: string, customerId: string, total: number, lines: Line[], ...path: string[]) => {
  const units = lines.map(([productId, quantity]) => ({ productId, quantity }));
  const payload = { reserved: { lines: units }, canceled: { restocked: units } };
  const steps = path.map((status, n) => {
    const reported = event(EVENT_OF[status], id, payload[status as keyof typeof payload], DRIVEN_BY[status]);
    return step(id, path[n - 1] ?? 'created', status) + reported;
  });
  return `
    INSERT INTO ordering.orders (id, customer_id, status, total, currency, version, placed_at, updated_at)
    VALUES ('${id}', '${customerId}', '${path.at(-1)}', ${total}, 'GBP', 1, now(), now());
    ${lines.map((each, n) => line(id, n + 1, ...each)).join('')}${steps.join('')}`;
};

const line = (orderId: string, lineNo: number, ...[productId, quantity, unitPrice]: Line) => `
  INSERT INTO ordering.order_lines (order_id, line_no, product_id, sku, name, quantity, unit_price, currency)
  VALUES ('${orderId}', ${lineNo}, '${productId}', 'sku', 'a product', ${quantity}, ${unitPrice}, 'GBP');`;

const step = (orderId: string, from: string, to: string) => `
  INSERT INTO ordering.order_transitions (order_id, from_status, to_status, cause, at)
  VALUES ('${orderId}', '${from}', '${to}', '${from === 'paid' && to === 'canceled' ? 'refunded: ' : ''}why', clock_timestamp());`;

/** Of an order or a product; with the event of its payment that drove it. */
const event = (type: string, aggregateId: string, payload: object = {}, driver?: string) => `
  WITH driver AS (
    INSERT INTO platform.outbox (id, type, aggregate_id, payload)
    SELECT gen_random_uuid(), '${driver}', gen_random_uuid(), '{"orderId": "${aggregateId}"}' WHERE ${driver !== undefined}
    RETURNING id),
  noted AS (
    INSERT INTO platform.handled_events (handler, event_id) SELECT 'OrderingEventHandlers.note', id FROM driver)
  INSERT INTO platform.outbox (id, type, aggregate_id, payload, causation_id)
  VALUES (gen_random_uuid(), '${type}', '${aggregateId}', '${JSON.stringify(payload)}', (SELECT id FROM driver));`;

/** The event that reports this step of an order. */
const isEventOf = (orderId: string, status: string) => `aggregate_id = '${orderId}' AND type = '${EVENT_OF[status]}'`;

const dead = (aggregateId: string, attempts = 6, error = `'why'`, type = 'catalog.product-created') => `
  UPDATE platform.outbox SET status = 'dead', sent_at = NULL, attempts = ${attempts}, last_error = ${error}
  WHERE aggregate_id = '${aggregateId}' AND type = '${type}';`;

/** A payment, and its one attempt under the same id. */
const payment = (id: string, orderId: string, status: string, amount: number, captured = amount, refunded = 0) => `
  INSERT INTO payments.payments (id, order_id, status, amount, currency, version, opened_at, updated_at)
  VALUES ('${id}', '${orderId}', '${status}', ${amount}, 'GBP', 1, now(), now());
  INSERT INTO payments.attempts (id, payment_id, provider, status, captured, refunded, currency, started_at)
  VALUES ('${id}', '${id}', 'acme', 'captured', ${captured}, ${refunded}, 'GBP', now());`;

const refund = (paymentId: string, amount: number) => `
  INSERT INTO payments.refunds (id, payment_id, attempt_id, amount, currency, status, requested_at, sent_at)
  VALUES (gen_random_uuid(), '${paymentId}', '${paymentId}', ${amount}, 'GBP', 'succeeded', now(), now());`;

const webhook = (eventId: string, paymentId: string) => `
  INSERT INTO payments.webhook_events (provider, event_id, payment_id, attempt_id, type, verdict, received_at)
  VALUES ('acme', '${eventId}', '${paymentId}', '${paymentId}', 'payment.succeeded', 'applied', now());`;

const cart = (customerId: string) => `INSERT INTO cart.carts VALUES ('${customerId}', 1, now());`;

const cartLine = (customerId: string, productId: string, quantity: number) =>
  `INSERT INTO cart.lines VALUES ('${customerId}', '${productId}', ${quantity}, 1);`;

const hold = (ownerId: string, productId: string, quantity: number, end = '1 hour') =>
  `INSERT INTO catalog.holds VALUES ('${productId}', '${ownerId}', ${quantity}, now() + interval '${end}');`;

const key = (customerId: string, operation: string, name: string, orderId: string) => `
  INSERT INTO platform.idempotency_keys (customer_id, operation, key, fingerprint, response, expires_at)
  VALUES ('${customerId}', '${operation}', '${name}', '${'0f'.repeat(32)}', '{"id":"${orderId}"}', now());`;

const fulfilment = (orderId: string, status: string) => `
  INSERT INTO fulfilment.fulfilments (order_id, status, version, opened_at, updated_at)
  VALUES ('${orderId}', '${status}', 1, now(), now());`;

const parcel = (orderId: string, productId: string, quantity: number) => `
  INSERT INTO fulfilment.shipment_lines (shipment_id, order_id, product_id, quantity)
  VALUES (gen_random_uuid(), '${orderId}', '${productId}', ${quantity});`;

const goodsReturn = (
  orderId: string,
  status: string,
  productId: string,
  quantity: number,
  restocked = 0,
  writtenOff = 0,
) => `
  WITH asked AS (
    INSERT INTO fulfilment.returns (id, order_id, customer_id, status, reason, version, requested_at, updated_at)
    VALUES (gen_random_uuid(), '${orderId}', '${BOB}', '${status}', 'too small', 1, now(), now()) RETURNING id)
  INSERT INTO fulfilment.return_lines (return_id, product_id, quantity, restocked, written_off)
  SELECT id, '${productId}', ${quantity}, ${restocked}, ${writtenOff} FROM asked;`;

const ofLine = (orderId: string, counts: string) =>
  `UPDATE ordering.order_lines SET ${counts} WHERE order_id = '${orderId}';`;

/** What each customer has not paid, counted anew. */
const COUNT_UNPAID = `
  TRUNCATE ordering.unpaid_orders;
  INSERT INTO ordering.unpaid_orders SELECT customer_id, count(DISTINCT id), coalesce(sum(quantity), 0)
    FROM ordering.orders LEFT JOIN ordering.order_lines ON order_id = id
    WHERE status IN ('reserved', 'payment_pending') GROUP BY customer_id;`;

/** A little of everything, as the service would have left it. */
const WORLD = [
  customer(ANN, 'ann'),
  customer(BOB, 'bob'),
  product(CUP, 6),
  product(BAG, 4),
  product(TOY, 0),
  movement(CUP, 'initial', 10, 10),
  movement(BAG, 'initial', 5, 5),
  movement(BAG, 'adjustment', 3, 8),
  event('catalog.product-created', CUP, { stock: 10 }),
  event('catalog.product-created', BAG, { stock: 5 }),
  event('catalog.stock-adjusted', BAG, { delta: 3 }),
  order(
    RESERVED,
    ANN,
    5.2,
    [
      [CUP, 2, 2.55],
      [BAG, 1, 0.1],
    ],
    'reserved',
  ),
  movement(CUP, 'order-placed', -2, 8, RESERVED),
  movement(BAG, 'order-placed', -1, 7, RESERVED),
  key(ANN, 'orders.place', 'first', RESERVED),
  order(CANCELED, ANN, 7.65, [[CUP, 3, 2.55]], 'reserved', 'canceled'),
  movement(CUP, 'order-placed', -3, 5, CANCELED),
  movement(CUP, 'order-canceled', 3, 8, CANCELED),
  key(ANN, 'orders.place', 'second', CANCELED),
  key(ANN, 'orders.cancel', 'second', CANCELED),
  order(PAID, BOB, 2.55, [[CUP, 1, 2.55]], 'reserved', 'payment_pending', 'paid'),
  movement(CUP, 'order-placed', -1, 7, PAID),
  payment(BOUGHT, PAID, 'captured', 2.55),
  webhook('evt-1', BOUGHT),
  order(FULFILLED, BOB, 0.2, [[BAG, 2, 0.1]], 'reserved', 'paid', 'fulfilled'),
  movement(BAG, 'order-placed', -2, 5, FULFILLED),
  `UPDATE ordering.orders SET refunded = 0.05, payment_status = 'partially_refunded' WHERE id = '${FULFILLED}';`,
  payment(SPENT, FULFILLED, 'captured', 0.2, 0.2, 0.05),
  refund(SPENT, 0.05),
  // Two bags left, and one of them came back and was written off.
  fulfilment(PAID, 'open'),
  fulfilment(FULFILLED, 'done'),
  parcel(FULFILLED, BAG, 2),
  ofLine(FULFILLED, 'shipped = 2, settled = 1, returned = 1'),
  goodsReturn(FULFILLED, 'received', BAG, 1, 0, 1),
  movement(BAG, 'return-received', 1, 6, FULFILLED),
  movement(BAG, 'return-written-off', -1, 5, FULFILLED),
  order(PENDING, BOB, 2.55, [[CUP, 1, 2.55]], 'reserved', 'payment_pending'),
  movement(CUP, 'order-placed', -1, 6, PENDING),
  order(KEPT, BOB, 0.1, [[BAG, 1, 0.1]], 'reserved', 'paid', 'canceled'),
  `UPDATE ordering.orders SET refunded = 0.1, payment_status = 'refunded', stock_kept = true WHERE id = '${KEPT}';`,
  `UPDATE platform.outbox SET payload = '{"restocked": []}' WHERE aggregate_id = '${KEPT}' AND type = '${EVENT_OF.canceled}';`,
  movement(BAG, 'order-placed', -1, 4, KEPT),
  payment(REFUNDED, KEPT, 'captured', 0.1, 0.1, 0.1),
  refund(REFUNDED, 0.1),
  cart(ANN),
  cartLine(ANN, CUP, 2),
  hold(ANN, CUP, 2),
  cart(BOB),
  cartLine(BOB, CUP, 1),
  hold(BOB, CUP, 1),
  cartLine(BOB, BAG, 50),
  hold(BOB, BAG, 50, '-1 minute'),
  cartLine(BOB, TOY, 1),
  COUNT_UNPAID,
  // The worker has done what there was to do, and sent it to the one subscriber.
  `UPDATE platform.outbox SET status = 'sent', attempts = 1, sent_at = clock_timestamp(), announced_at = clock_timestamp(),
     published_at = clock_timestamp();`,
  `INSERT INTO webhooks.deliveries (endpoint_id, event_id, event_type, aggregate_id, sequence, body, status, sent_at)
   SELECT '${SUBSCRIBER}', id, type, aggregate_id, sequence, json_build_object('id', id, 'time', occurred_at,
     'sequence', lpad(sequence::text, 19, '0'), 'data', payload), 'sent', clock_timestamp() FROM platform.outbox;`,
].join('');

/** Takes away every constraint but the types: what the schema refuses could not be shown to the checks otherwise. */
const DISARM = `
  DO $$
  DECLARE statement text;
  BEGIN
    FOR statement IN
      SELECT format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', conrelid::regclass, conname)
      FROM pg_constraint WHERE connamespace::regnamespace::text IN ('identity', 'catalog', 'ordering', 'cart', 'payments', 'webhooks', 'platform', 'fulfilment')
        AND contype IN ('c', 'f', 'p', 'u')
        AND conname NOT IN ('product_texts_pkey', 'product_changes_pkey') -- which the triggers on products need
      UNION ALL
      SELECT format('DROP INDEX IF EXISTS %s CASCADE', indexrelid::regclass)
      FROM pg_index WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text ~ '^(identity|catalog|payments)\\.'
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    LOOP
      EXECUTE statement;
    END LOOP;
  END $$;
  ALTER TABLE ordering.order_lines ALTER COLUMN product_id DROP NOT NULL;
  ALTER TABLE catalog.holds ALTER COLUMN expires_at DROP NOT NULL;`;

const EMPTY = `
  TRUNCATE identity.customers, identity.sessions, catalog.products, catalog.product_texts, catalog.stock_movements,
    ordering.orders, ordering.order_lines, ordering.order_transitions, payments.payments, payments.attempts, payments.refunds, payments.webhook_events, platform.outbox,
    platform.handled_events, platform.idempotency_keys, webhooks.deliveries, catalog.holds,
    catalog.categories, cart.carts, cart.lines, ordering.unpaid_orders, fulfilment.fulfilments,
    fulfilment.shipments, fulfilment.shipment_lines, fulfilment.returns, fulfilment.return_lines;`;

const LOCK = `SELECT FROM catalog.products WHERE id = '${CUP}' FOR UPDATE`;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

const violated = async (moment?: Moment): Promise<string[]> =>
  (await checkInvariants(database.url, moment, { attempts: 6, unpaidOrders: 2, unpaidUnits: 60 }))
    .filter(({ violations }) => violations.length > 0)
    .map(({ id }) => id);

it('the schema refuses what must never be stored, and the check names what it lets through', async () => {
  expect(await schemaRefuses(database.url)).toEqual([]);
  await database.query(DISARM);
  expect(await schemaRefuses(database.url)).toHaveLength(52);
});

describe('the invariants', () => {
  beforeEach(async () => {
    await database.query(EMPTY + WORLD);
  });

  it('hold in an empty shop', async () => {
    await database.query(EMPTY);
    expect(await violated('drained')).toEqual([]);
    expect(await bank(database.url)).toBe(0n);
  });

  it('hold in a sound one', async () => {
    expect(await violated('drained')).toEqual([]);
    expect(await bank(database.url)).toBe(18n);
  });

  /** What the damage breaks: the first is what it is meant for, the others cannot be kept whole beside it. */
  const damages: [breaks: string, what: string, sql: string][] = [
    ['INV-01 INV-03 INV-24', 'a unit appears', `UPDATE catalog.products SET on_hand = 7 WHERE id = '${CUP}'`],
    ['INV-01 INV-03 INV-24', 'a unit vanishes', `UPDATE catalog.products SET on_hand = 5 WHERE id = '${CUP}'`],
    [
      'INV-02',
      'stock is below zero',
      movement(TOY, 'adjustment', -1, -1) + `UPDATE catalog.products SET on_hand = -1 WHERE id = '${TOY}'`,
    ],
    ['INV-02', 'stock was below zero', movement(TOY, 'adjustment', -1, -1) + movement(TOY, 'adjustment', 1, 0)],
    [
      'INV-03',
      'a balance is not the one before plus its change',
      `UPDATE catalog.stock_movements SET balance_after = 9 WHERE product_id = '${CUP}' AND order_id = '${RESERVED}'`,
    ],
    [
      'INV-03',
      'a product begins twice',
      movement(TOY, 'initial', 1, 1) +
        movement(TOY, 'initial', 1, 2) +
        `UPDATE catalog.products SET on_hand = 2 WHERE id = '${TOY}'`,
    ],
    ['INV-01 INV-03', 'stock without a ledger', `UPDATE catalog.products SET on_hand = 1 WHERE id = '${TOY}'`],
    [
      'INV-04',
      'stock is taken in the name of another order',
      `UPDATE catalog.stock_movements SET order_id = '${PAID}' WHERE product_id = '${BAG}' AND order_id = '${RESERVED}'`,
    ],
    ['INV-01 INV-04 INV-24', 'a line took no stock', line(PAID, 2, BAG, 1, 0)],
    [
      'INV-01 INV-04',
      'stock is taken for no order',
      movement(TOY, 'initial', 1, 1) + movement(TOY, 'order-placed', -1, 0, NOBODY),
    ],
    [
      'INV-01 INV-04 INV-24',
      'a canceled order gives its stock back twice',
      movement(CUP, 'order-canceled', 3, 9, CANCELED) + `UPDATE catalog.products SET on_hand = 9 WHERE id = '${CUP}'`,
    ],
    [
      'INV-01 INV-04 INV-24',
      'a canceled order gives nothing back',
      order(NEW, BOB, 2.55, [[CUP, 1, 2.55]], 'reserved', 'canceled') +
        movement(CUP, 'order-placed', -1, 5, NEW) +
        `UPDATE catalog.products SET on_hand = 5 WHERE id = '${CUP}'`,
    ],
    [
      'INV-01 INV-04 INV-24',
      'a living order gives its stock back',
      movement(CUP, 'order-canceled', 1, 7, PAID) + `UPDATE catalog.products SET on_hand = 7 WHERE id = '${CUP}'`,
    ],
    ['INV-07', 'an order without lines', order(NEW, BOB, 0, [], 'reserved')],
    [
      'INV-07',
      'an order names a product twice',
      order(
        NEW,
        BOB,
        5.1,
        [
          [CUP, 1, 2.55],
          [CUP, 1, 2.55],
        ],
        'reserved',
      ) +
        movement(CUP, 'order-placed', -1, 5, NEW) +
        movement(CUP, 'order-placed', -1, 4, NEW) +
        `UPDATE catalog.products SET on_hand = 4 WHERE id = '${CUP}'`,
    ],
    ['INV-04 INV-07', 'a line without an order', line(NOBODY, 1, CUP, 1, 2.55)],
    [
      'INV-01 INV-04 INV-07 INV-24',
      'a line without a product',
      `UPDATE ordering.order_lines SET product_id = '${NOBODY}' WHERE order_id = '${PAID}'`,
    ],
    ['INV-08 INV-13', 'a penny too much', `UPDATE ordering.orders SET total = total + 0.01 WHERE id = '${PAID}'`],
    [
      'INV-08',
      'tax that no line has',
      `UPDATE ordering.orders SET tax = 0.01, tax_inclusive = true WHERE id = '${PAID}'`,
    ],
    [
      'INV-08',
      'a price changed afterwards',
      `UPDATE ordering.order_lines SET unit_price = 0.11 WHERE order_id = '${FULFILLED}'`,
    ],
    [
      'INV-08',
      'a line in another currency',
      `UPDATE ordering.order_lines SET currency = 'EUR' WHERE order_id = '${PAID}'`,
    ],
    [
      'INV-09 INV-24 INV-34',
      'a status without a step',
      `UPDATE ordering.orders SET status = 'fulfilled' WHERE id = '${PAID}'`,
    ],
    [
      'INV-09 INV-20',
      'an order without a history',
      `DELETE FROM ordering.order_transitions WHERE order_id = '${PAID}'`,
    ],
    ['INV-09 INV-20', 'a history without an order', step(NOBODY, 'created', 'reserved')],
    [
      'INV-09 INV-20',
      'a history that begins in the middle',
      `DELETE FROM ordering.order_transitions WHERE order_id = '${PAID}' AND from_status = 'created'`,
    ],
    [
      'INV-09',
      'a gap between two allowed steps',
      `UPDATE ordering.order_transitions SET from_status = 'reserved' WHERE order_id = '${PAID}' AND to_status = 'paid'`,
    ],
    [
      'INV-09 INV-16 INV-20 INV-24 INV-34',
      'a step that is not allowed',
      step(FULFILLED, 'fulfilled', 'paid') + `UPDATE ordering.orders SET status = 'paid' WHERE id = '${FULFILLED}'`,
    ],
    [
      'INV-09',
      'time runs backwards',
      `UPDATE ordering.order_transitions SET at = at - interval '1 day' WHERE order_id = '${PAID}' AND to_status = 'paid'`,
    ],
    ['INV-10', 'nobody ordered', `UPDATE ordering.orders SET customer_id = '${NOBODY}' WHERE id = '${PENDING}'`],
    ['INV-13', 'an order is paid without money', `DELETE FROM payments.attempts WHERE payment_id = '${BOUGHT}'`],
    ['INV-13', 'money is there for an order that is not paid', payment(uuid('e', 4), PENDING, 'pending', 2.55)],
    [
      'INV-13',
      'more went back than was given back',
      `UPDATE payments.attempts SET refunded = 0.15 WHERE id = '${SPENT}';` + refund(SPENT, 0.1),
    ],
    [
      'INV-14',
      'a payment is tried twice at a time',
      `INSERT INTO payments.attempts (id, payment_id, provider, status, captured, refunded, currency, started_at)
       VALUES ('${NOBODY}', '${BOUGHT}', 'other', 'started', 0, 0, 'GBP', now())`,
    ],
    [
      'INV-02',
      'more is held than there is',
      hold(BOB, TOY, 1) + `UPDATE cart.lines SET quantity = 1 WHERE product_id = '${TOY}'`,
    ],
    ['INV-11', 'a customer has two carts', cart(ANN)],
    ['INV-11', 'a product is twice in a cart', cartLine(BOB, TOY, 1)],
    ['INV-11', 'a line has no cart', `DELETE FROM cart.carts WHERE customer_id = '${ANN}'`],
    ['INV-11', 'a line is of no units', `UPDATE cart.lines SET quantity = 0 WHERE product_id = '${TOY}'`],
    [
      'INV-11',
      'a hold is of fewer units than its line',
      `UPDATE catalog.holds SET quantity = 1 WHERE owner_id = '${ANN}'`,
    ],
    ['INV-11', 'a product is held twice for one customer', hold(BOB, BAG, 50, '-1 minute')],
    ['INV-33', 'more leaves than the order says', parcel(FULFILLED, BAG, 1)],
    ['INV-33 INV-34', 'the order says that more left', ofLine(PAID, 'shipped = 1')],
    ['INV-33 INV-34', 'a unit leaves that was refunded before', ofLine(FULFILLED, 'withdrawn = 1')],
    ['INV-33', 'a unit is paid back twice', ofLine(FULFILLED, 'settled = 3')],
    ['INV-04 INV-33', 'a unit comes back twice', ofLine(FULFILLED, 'returned = 2, settled = 2')],
    ['INV-33', 'a unit that came back is to come back again', goodsReturn(FULFILLED, 'requested', BAG, 2)],
    ['INV-33', 'a unit comes back of a product that never left', goodsReturn(FULFILLED, 'received', CUP, 1, 1)],
    [
      'INV-03 INV-04',
      'a write-off takes a unit away',
      `DELETE FROM catalog.stock_movements WHERE kind = 'return-received'`,
    ],
    ['INV-34', 'an order has two fulfilments', fulfilment(PAID, 'open')],
    ['INV-34', 'an order is fulfilled that is not paid', fulfilment(PENDING, 'open')],
    ['INV-34', 'a fulfilment is done too early', `UPDATE fulfilment.fulfilments SET status = 'done'`],
    ['INV-34', 'something left that no fulfilment knows', `DELETE FROM fulfilment.fulfilments WHERE status = 'done'`],
    ['INV-33 INV-34', 'an order is canceled of which something has left', ofLine(KEPT, 'shipped = 1')],
    ['INV-36', 'a category stands under itself', category(NEW, NEW)],
    ['INV-36', 'two stand under each other', category(NEW, PAID) + category(PAID, NEW)],
    ['INV-36', 'one stands under nothing that is there', category(NEW, NOBODY)],
    [
      'INV-36',
      'six stand one under the other',
      [RESERVED, CANCELED, PAID, FULFILLED, PENDING, NEW].map((id, i, all) => category(id, all[i - 1])).join(''),
    ],
    [
      'INV-36',
      'a retired product is in a category',
      category(NEW) + `UPDATE catalog.products SET category_id = '${NEW}', retired_at = now() WHERE id = '${TOY}'`,
    ],
    ['INV-36', 'a product is in none that is there', `UPDATE catalog.products SET category_id = '${NEW}'`],
    ['INV-24', 'a product that was removed is there', event('catalog.product-removed', TOY)],
    ['INV-12', 'what is no longer in a cart is held', `DELETE FROM cart.lines WHERE customer_id = '${ANN}'`],
    [
      'INV-12',
      'nobody sweeps',
      `UPDATE catalog.holds SET expires_at = now() - interval '13 minutes' WHERE product_id = '${BAG}'`,
    ],
    ['INV-18', 'a key of a checkout names nothing', key(ANN, 'cart.checkout', 'third', NOBODY)],
    ['INV-14', 'an order has two payments', payment(uuid('e', 5), PAID, 'open', 2.55, 0)],
    [
      'INV-15',
      'a refund is shown that was not sent',
      `UPDATE ordering.orders SET payment_status = 'refunded' WHERE id = '${PAID}'`,
    ],
    [
      'INV-15',
      'a refund was sent that is not shown',
      `UPDATE ordering.orders SET payment_status = 'captured' WHERE id = '${KEPT}'`,
    ],
    ['INV-15 INV-15', 'a refund is on no record', `DELETE FROM payments.refunds WHERE payment_id = '${SPENT}'`],
    ['INV-16', 'a webhook is applied twice', webhook('evt-1', BOUGHT)],
    ['INV-16', 'a webhook is about nothing', webhook('evt-2', NOBODY)],
    [
      'INV-16',
      'a step names no event',
      `UPDATE platform.outbox SET causation_id = NULL WHERE ${isEventOf(PAID, 'paid')}`,
    ],
    [
      'INV-16',
      'a step names an event of another kind',
      `UPDATE platform.outbox SET causation_id =
         (SELECT causation_id FROM platform.outbox WHERE ${isEventOf(PAID, 'payment_pending')}) WHERE ${isEventOf(PAID, 'paid')}`,
    ],
    [
      'INV-16',
      'a step names an event of another order',
      `UPDATE platform.outbox SET causation_id =
         (SELECT causation_id FROM platform.outbox WHERE ${isEventOf(FULFILLED, 'paid')}) WHERE ${isEventOf(PAID, 'paid')}`,
    ],
    ['INV-16', 'a step names an event that was not applied', 'TRUNCATE platform.handled_events'],
    [
      'INV-17',
      'an order waits for its payment for too long',
      `INSERT INTO payments.payments (id, order_id, status, amount, currency, version, opened_at, accepted_at, checked_at, updated_at)
       SELECT gen_random_uuid(), '${PENDING}', 'pending', 1, 'GBP', 1, t, t, t, t FROM (SELECT now() - interval '34 minutes' AS t) AS long_ago`,
    ],
    [
      'INV-01 INV-04 INV-24',
      'goods that do not come back are back',
      `UPDATE ordering.orders SET stock_kept = false WHERE id = '${KEPT}'`,
    ],
    ['INV-35', 'an unpaid order is not counted', 'TRUNCATE ordering.unpaid_orders'],
    ['INV-35', 'a paid order is counted', `UPDATE ordering.unpaid_orders SET orders = 2 WHERE customer_id = '${BOB}'`],
    ['INV-35', 'too few units are counted', `UPDATE ordering.unpaid_orders SET units = 2 WHERE customer_id = '${ANN}'`],
    [
      'INV-35',
      'a customer has more units than allowed in orders and holds',
      `UPDATE catalog.products SET on_hand = 100 + on_hand WHERE id = '${TOY}'; ${movement(TOY, 'initial', 100, 100)}
       UPDATE cart.lines SET quantity = 60 WHERE product_id = '${TOY}'; ${hold(BOB, TOY, 60)}`,
    ],
    [
      'INV-35',
      'a customer has more unpaid orders than allowed',
      [NEW, uuid('c', 8)]
        .map((id, i) => {
          const taken = movement(CUP, 'order-placed', -1, 5 - i, id);
          return order(id, BOB, 2.55, [[CUP, 1, 2.55]], 'reserved') + taken;
        })
        .join('') + `UPDATE catalog.products SET on_hand = 4 WHERE id = '${CUP}'; ${COUNT_UNPAID}`,
    ],
    ['INV-18', 'a key names an order that does not exist', key(ANN, 'orders.place', 'third', NOBODY)],
    ['INV-18', `a key names another customer's order`, key(ANN, 'orders.place', 'third', PAID)],
    ['INV-18', 'two keys name one order', key(ANN, 'orders.place', 'third', RESERVED)],
    [
      'INV-18',
      'a key names nothing',
      `UPDATE platform.idempotency_keys SET response = '{}' WHERE operation = 'orders.place' AND key = 'first'`,
    ],
    ['INV-19', 'a key without an answer', `UPDATE platform.idempotency_keys SET response = NULL WHERE key = 'first'`],
    [
      'INV-19',
      'a key whose answer is empty',
      `UPDATE platform.idempotency_keys SET response = 'null' WHERE operation = 'orders.cancel'`,
    ],
    ['INV-19', 'a key for any request', `UPDATE platform.idempotency_keys SET fingerprint = '' WHERE key = 'first'`],
    [
      'INV-20 INV-22 INV-24',
      'an order is not reported',
      `DELETE FROM platform.outbox WHERE aggregate_id = '${CANCELED}' AND type = 'ordering.order-placed'`,
    ],
    [
      'INV-20 INV-22 INV-24',
      'a cancellation is not reported',
      `DELETE FROM platform.outbox WHERE aggregate_id = '${CANCELED}' AND type = 'ordering.order-canceled'`,
    ],
    [
      'INV-16 INV-20 INV-22 INV-24',
      'a payment is not reported',
      `DELETE FROM platform.outbox WHERE aggregate_id = '${PAID}' AND type = 'ordering.order-paid'`,
    ],
    ['INV-20 INV-24', 'an order is reported twice', event('ordering.order-placed', PAID)],
    ['INV-20', 'a cancellation is reported twice', event('ordering.order-canceled', CANCELED)],
    ['INV-20', 'an order is reported that does not exist', event('ordering.order-placed', NOBODY)],
    ['INV-20 INV-24', 'a cancellation is reported that did not happen', event('ordering.order-canceled', PAID)],
    [
      'INV-21',
      'an event is sent that nobody tried',
      `UPDATE platform.outbox SET attempts = 0 WHERE aggregate_id = '${CUP}'`,
    ],
    [
      'INV-21',
      'an event is sent at no time',
      `UPDATE platform.outbox SET sent_at = NULL WHERE aggregate_id = '${CUP}'`,
    ],
    ['INV-21', 'an event has died of nothing', dead(CUP, 6, 'NULL')],
    ['INV-21', 'an event has died too early', dead(CUP, 5)],
    ['INV-21', 'an event was tried too often', `UPDATE platform.outbox SET attempts = 7 WHERE aggregate_id = '${CUP}'`],
    [
      'INV-21',
      'an event that was tried to the end is left lying',
      `UPDATE platform.outbox SET status = 'pending', attempts = 6, sent_at = NULL WHERE aggregate_id = '${CUP}'`,
    ],
    [
      'INV-22',
      'a subscriber is told what was not recorded',
      `UPDATE webhooks.deliveries SET event_id = '${NOBODY}' WHERE aggregate_id = '${CUP}'`,
    ],
    [
      'INV-22',
      'a subscriber is told something else',
      `UPDATE webhooks.deliveries SET body = replace(body, '10', '11') WHERE aggregate_id = '${CUP}'`,
    ],
    [
      'INV-22',
      'an event is handled that was not recorded',
      `INSERT INTO platform.handled_events (handler, event_id) VALUES ('Somebody.acts', '${NOBODY}')`,
    ],
    [
      'INV-23',
      'an event is handled before an earlier one of its order',
      `UPDATE platform.outbox SET sent_at = sent_at - interval '1 minute' WHERE ${isEventOf(PAID, 'paid')}`,
    ],
    ['INV-23', 'an event is handled that should wait for a dead one', dead(BAG)],
    [
      'INV-22 INV-24',
      'the log tells of other units',
      `UPDATE platform.outbox SET payload = jsonb_set(payload, '{lines,0,quantity}', '4') WHERE ${isEventOf(CANCELED, 'reserved')}`,
    ],
    [
      'INV-22 INV-24',
      'the log tells of another stock',
      `UPDATE platform.outbox SET payload = '{"delta": 4}' WHERE type = 'catalog.stock-adjusted'`,
    ],
    [
      'INV-22 INV-23 INV-24',
      'the log ends otherwise',
      `UPDATE platform.outbox SET sequence = DEFAULT WHERE ${isEventOf(PAID, 'payment_pending')}`,
    ],
    [
      'INV-29',
      'a late message cancels an order that is paid',
      order(NEW, BOB, 2.55, [[CUP, 1, 2.55]], 'reserved', 'paid', 'canceled') +
        movement(CUP, 'order-placed', -1, 5, NEW) +
        movement(CUP, 'order-canceled', 1, 6, NEW),
    ],
    [
      'INV-29',
      'an order is canceled for another reason than its refund',
      `UPDATE ordering.order_transitions SET cause = 'not paid in time' WHERE order_id = '${KEPT}' AND to_status = 'canceled'`,
    ],
    [
      'INV-09 INV-24 INV-29',
      'an order is paid that was canceled',
      order(NEW, BOB, 0, [[CUP, 1, 0]], 'reserved', 'canceled', 'paid', 'canceled') +
        movement(CUP, 'order-placed', -1, 5, NEW) +
        movement(CUP, 'order-canceled', 1, 6, NEW) +
        `UPDATE ordering.order_transitions SET cause = 'refunded: why' WHERE order_id = '${NEW}'`,
    ],
  ];

  it.each(damages)('%s is reported when %s', async (breaks, _, sql) => {
    await database.query(sql);
    if (breaks !== 'INV-35') await database.query(COUNT_UNPAID);
    expect((await violated()).join(' ')).toEqual(breaks);
  });

  const leftOvers: [what: string, sql: string][] = [
    ['handled', event('test.recorded', NOBODY) + `UPDATE platform.outbox SET announced_at = now()`],
    ['published', `UPDATE platform.outbox SET published_at = NULL WHERE aggregate_id = '${CUP}'`],
    ['announced', `UPDATE platform.outbox SET announced_at = NULL WHERE aggregate_id = '${CUP}'`],
    ['delivered', `UPDATE webhooks.deliveries SET status = 'pending', sent_at = NULL WHERE aggregate_id = '${CUP}'`],
  ];

  it.each(leftOvers)('INV-22 is reported when an event is left to be %s', async (_, sql) => {
    await database.query(sql);
    expect([await violated('quiet'), await violated('drained')]).toEqual([[], ['INV-22']]);
  });

  it('INV-34 is reported when a paid order has no fulfilment in the end', async () => {
    await database.query(`DELETE FROM fulfilment.fulfilments WHERE status = 'open'`);
    expect([await violated('quiet'), await violated('drained')]).toEqual([[], ['INV-34']]);
  });

  it('hold when a product was removed that was never ordered', async () => {
    await database.query(event('catalog.product-created', NEW, { stock: 3 }) + event('catalog.product-removed', NEW));
    expect(await violated('always')).toEqual([]);
  });

  it('hold while an event waits behind a dead one', async () => {
    await database.query(event('test.poison', NOBODY) + dead(NOBODY, 6, `'why'`, 'test.poison'));
    await database.query(event('test.recorded', NOBODY) + 'UPDATE platform.outbox SET announced_at = now()');
    expect(await violated('drained')).toEqual([]);
  });

  /** As the worker sweeps them: what a day later nobody needs any more. */
  const yesterday = `
    UPDATE ordering.orders SET placed_at = now() - interval '25 hours', updated_at = now() - interval '25 hours';
    UPDATE ordering.order_transitions SET at = now() - interval '25 hours';
    UPDATE platform.outbox SET occurred_at = now() - interval '25 hours';
    DELETE FROM webhooks.deliveries;`;
  const forget = (where: string) => `
    DELETE FROM platform.handled_events h USING platform.outbox e WHERE h.event_id = e.id AND (${where});
    DELETE FROM platform.outbox e WHERE ${where};`;

  it('hold when old events were swept, all of them or some', async () => {
    await database.query(yesterday + forget(isEventOf(PAID, 'reserved')));
    expect(await violated('always')).toEqual([]);
    await database.query(forget('true'));
    expect(await violated('always')).toEqual([]);
  });

  it('INV-02 holds where an admin cut stock below what is held', async () => {
    const received = movement(TOY, 'initial', 3, 3) + movement(TOY, 'adjustment', -2, 1);
    await database.query(`${received} UPDATE catalog.products SET on_hand = 1 WHERE id = '${TOY}';
      UPDATE cart.lines SET quantity = 2 WHERE product_id = '${TOY}'; ${hold(BOB, TOY, 2)}`);
    expect(await violated()).toEqual([]);
  });

  it('INV-05 is seen in the bank when a unit appears', async () => {
    await database.query(`UPDATE catalog.products SET on_hand = 7 WHERE id = '${CUP}'`);
    expect(await bank(database.url)).toBe(19n);
  });

  describe('INV-30', () => {
    let sitting: Client;

    beforeEach(async () => {
      sitting = new Client(database.url);
      await sitting.connect();
      await sitting.query(`BEGIN; ${LOCK}`);
    });

    afterEach(() => sitting.end());

    it("is reported while somebody waits for a lock, which is nobody else's business", async () => {
      const waiting = new Client(database.url);
      await waiting.connect();
      const answer = waiting.query(LOCK);
      await untilBlocked(database);
      expect(await violated()).toEqual(['INV-30']);
      expect(await violated('always')).toEqual([]);
      await sitting.query('ROLLBACK');
      await answer;
      await waiting.end();
    });

    it('is reported when somebody sits in a transaction for longer than 5 seconds', async () => {
      expect(await violated()).toEqual([]);
      await sleep(5_100);
      expect(await violated()).toEqual(['INV-30']);
    });
  });

  it('are each shown to fail', () => {
    const shown = new Set([...damages.flatMap(([breaks]) => breaks.split(' ')), 'INV-30']);
    expect([...shown].sort()).toEqual([...new Set(INVARIANTS.map(({ id }) => id))].sort());
  });
});
