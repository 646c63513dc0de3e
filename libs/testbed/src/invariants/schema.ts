import { randomUUID } from 'node:crypto';
import { DatabaseError } from 'pg';
import { inTransaction } from './in-transaction';

/**
 * INV-32: tries what the schema itself must refuse from any writer, and returns what it accepted. Leaves nothing
 * behind.
 */
export function schemaRefuses(databaseUrl: string): Promise<string[]> {
  const [customer, product, order, other] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const [payment, attempt, category, shipment] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const [username, email] = [`ann-${customer}`, `${customer}@example.com`];
  const sound = [
    `INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active, version,
       created_at, updated_at)
     VALUES ('${customer}', '${username}', '${username}', '${email}', '${email}', '$argon2id$', 'customer', true, 1,
       now(), now())`,
    `INSERT INTO catalog.categories (id, name, version, created_at, updated_at)
     VALUES ('${category}', '${category}', 1, now(), now())`,
    `INSERT INTO catalog.products (id, sku, name, description, price, currency, on_hand, active, version, created_at,
       updated_at, category_id, external_id)
     VALUES ('${product}', '${product}', 'Cup', '', 2.55, 'GBP', 1, true, 1, now(), now(), '${category}', '${product}')`,
    `INSERT INTO catalog.stock_movements (product_id, id, kind, delta, balance_after, actor_id, at)
     VALUES ('${product}', '${other}', 'initial', 1, 1, '${customer}', now())`,
    `INSERT INTO ordering.orders (id, customer_id, status, total, currency, version, placed_at, updated_at)
     VALUES ('${order}', '${customer}', 'reserved', 2.55, 'GBP', 1, now(), now())`,
    `INSERT INTO ordering.order_lines (order_id, line_no, product_id, sku, name, quantity, unit_price, currency)
     VALUES ('${order}', 1, '${product}', '${product}', 'Cup', 1, 2.55, 'GBP')`,
    `INSERT INTO fulfilment.fulfilments (order_id, status, version, opened_at, updated_at)
     VALUES ('${order}', 'open', 1, now(), now())`,
    `INSERT INTO fulfilment.shipments (id, order_id, shipped_at) VALUES ('${shipment}', '${order}', now())`,
    `INSERT INTO fulfilment.shipment_lines (shipment_id, order_id, product_id, quantity)
     VALUES ('${shipment}', '${order}', '${product}', 1)`,
    `INSERT INTO fulfilment.returns (id, order_id, customer_id, status, reason, version, requested_at, updated_at)
     VALUES ('${shipment}', '${order}', '${customer}', 'requested', 'too small', 1, now(), now())`,
    `INSERT INTO fulfilment.return_lines (return_id, product_id, quantity) VALUES ('${shipment}', '${product}', 1)`,
    `INSERT INTO ordering.unpaid_orders (customer_id, orders, units) VALUES ('${customer}', 1, 1)`,
    `INSERT INTO payments.payments (id, order_id, status, amount, currency, version, opened_at, updated_at)
     VALUES ('${payment}', '${order}', 'pending', 2.55, 'GBP', 1, now(), now())`,
    `INSERT INTO payments.attempts (id, payment_id, provider, status, captured, refunded, currency, started_at)
     VALUES ('${attempt}', '${payment}', 'acme', 'captured', 2.55, 0, 'GBP', now())`,
    `INSERT INTO payments.webhook_events (provider, event_id, payment_id, type, verdict, received_at)
     VALUES ('acme', '${attempt}', '${payment}', 'paid', 'applied', now())`,
    `INSERT INTO platform.idempotency_keys (customer_id, operation, key, fingerprint, expires_at)
     VALUES ('${customer}', 'orders.place', 'key', 'none', now())`,
    `INSERT INTO cart.carts (customer_id, version, updated_at) VALUES ('${customer}', 1, now())`,
    `INSERT INTO cart.lines (customer_id, product_id, quantity, position) VALUES ('${customer}', '${product}', 1, 1)`,
    `INSERT INTO catalog.holds (product_id, owner_id, quantity, expires_at)
     VALUES ('${product}', '${customer}', 1, now())`,
  ];
  const rowOf = {
    'identity.customers': `id = '${customer}'`,
    'catalog.categories': `id = '${category}'`,
    'catalog.products': `id = '${product}'`,
    'catalog.stock_movements': `product_id = '${product}'`,
    'ordering.orders': `id = '${order}'`,
    'ordering.order_lines': `order_id = '${order}'`,
    'ordering.unpaid_orders': `customer_id = '${customer}'`,
    'fulfilment.fulfilments': `order_id = '${order}'`,
    'fulfilment.shipments': `order_id = '${order}'`,
    'fulfilment.shipment_lines': `order_id = '${order}'`,
    'fulfilment.returns': `order_id = '${order}'`,
    'fulfilment.return_lines': `return_id = '${shipment}'`,
    'payments.payments': `id = '${payment}'`,
    'payments.attempts': `id = '${attempt}'`,
    'payments.webhook_events': `event_id = '${attempt}'`,
    'platform.idempotency_keys': `customer_id = '${customer}'`,
    'cart.carts': `customer_id = '${customer}'`,
    'cart.lines': `customer_id = '${customer}'`,
    'catalog.holds': `owner_id = '${customer}'`,
  };
  const change = (table: keyof typeof rowOf, what: string) => `UPDATE ${table} SET ${what} WHERE ${rowOf[table]}`;
  /** Copies a row, with other values in some columns. */
  const repeat = (table: keyof typeof rowOf, except: Record<string, unknown> = {}) =>
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, '${JSON.stringify(except)}')).*
     FROM ${table} t WHERE ${rowOf[table]}`;
  const attempts = {
    'stock below zero': change('catalog.products', 'on_hand = -1'),
    'a price below zero': change('catalog.products', 'price = -0.01'),
    'two products with one SKU': repeat('catalog.products', { id: other, external_id: null }),
    'two products with one external id': repeat('catalog.products', { id: other, sku: other }),
    'a threshold below zero': change('catalog.products', 'low_stock_threshold = -1'),
    'a retired product in a category': change('catalog.products', 'retired_at = now()'),
    'a product in a category that is not there': change('catalog.products', `category_id = '${other}'`),
    'two siblings with one name': repeat('catalog.categories', { id: other, name: category.toUpperCase() }),
    'a category under itself': change('catalog.categories', 'parent_id = id'),
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
    'shipping below zero': change('ordering.orders', 'shipping = -0.01'),
    'shipping above the total': change('ordering.orders', 'shipping = total + 0.01'),
    'tax beside the total': change('ordering.orders', 'tax = total + 0.01'),
    'less tax than is on shipping': change('ordering.orders', 'shipping_tax = 0.01'),
    'a line taxed below zero': change('ordering.order_lines', 'tax = -0.01'),
    'a line of no units': change('ordering.order_lines', 'quantity = 0'),
    'a line priced below zero': change('ordering.order_lines', 'unit_price = -0.01'),
    'a line without a product': change('ordering.order_lines', 'product_id = NULL'),
    'a line without an order': change('ordering.order_lines', `order_id = '${other}'`),
    'a product twice in an order': repeat('ordering.order_lines', { line_no: 2 }),
    'more refunded than the total of an order': change('ordering.orders', 'refunded = total + 0.01'),
    'more units shipped than ordered': change('ordering.order_lines', 'shipped = 2'),
    'a unit shipped that was refunded before': change(
      'ordering.order_lines',
      'shipped = 1, withdrawn = 1, restocked = 1',
    ),
    'a unit returned that never left': change('ordering.order_lines', 'returned = 1, settled = 1'),
    'a unit paid back that never left': change('ordering.order_lines', 'settled = 1'),
    'a unit returned that is not settled': change('ordering.order_lines', 'shipped = 1, returned = 1'),
    'more units restocked than came back': change('ordering.order_lines', 'restocked = 1'),
    'two fulfilments of one order': repeat('fulfilment.fulfilments'),
    'a parcel of no units': change('fulfilment.shipment_lines', 'quantity = 0'),
    'a product twice in a parcel': repeat('fulfilment.shipment_lines'),
    'a tracking link that is not https': change('fulfilment.shipments', `tracking_url = 'http://track.example'`),
    'more received than was asked for': change('fulfilment.return_lines', 'restocked = 1, written_off = 1'),
    'a return rejected without a reason': change('fulfilment.returns', `status = 'rejected'`),
    'fewer unpaid orders than none': change('ordering.unpaid_orders', 'orders = -1'),
    'an unpaid order of no units': change('ordering.unpaid_orders', 'units = 0'),
    'two counts of what a customer has not paid': repeat('ordering.unpaid_orders'),
    'two payments for one order': repeat('payments.payments', { id: other }),
    'two live attempts for one payment': repeat('payments.attempts', { id: other }),
    'more refunded than was captured': change('payments.attempts', 'refunded = captured + 0.01'),
    'a webhook twice': repeat('payments.webhook_events'),
    'two carts for one customer': repeat('cart.carts'),
    'a product twice in a cart': repeat('cart.lines', { position: 2 }),
    'no units in a cart': change('cart.lines', 'quantity = 0'),
    'two holds of one product': repeat('catalog.holds', { quantity: 2 }),
    'a hold of no units': change('catalog.holds', 'quantity = 0'),
    'a hold without an end': change('catalog.holds', 'expires_at = NULL'),
    'a limit of no units': change('catalog.products', 'unit_limit = 0'),
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
        // Class 23 is a violated constraint. Any other error is a mistake in the attempt and no refusal.
        if (!(error instanceof DatabaseError && error.code?.startsWith('23'))) throw error;
      }
      await query('ROLLBACK TO SAVEPOINT attempt');
    }
    return accepted;
  });
}
