import { Injectable } from '@nestjs/common';
import { type Address, moneyView, numbersBeginning } from '@holdfast/shared-kernel';
import { firstIdOf, type KeyColumns, Keyset, type List, type Reader, ReplicaReads } from '@holdfast/platform';
import type { OrderStatus } from '../domain/order-status';
import { OrderNotFound } from '../domain/ordering.errors';
import type { OrderLineView, OrderTransitionView, OrderView } from './order.views';

export interface OrderFilter {
  status?: OrderStatus;
  /** An order number, or its beginning. */
  number?: string;
  /** Orders placed at this moment or later. */
  placedAfter?: string;
  /** Orders placed before this moment. */
  placedBefore?: string;
  productId?: string;
  /** Only for admins; ignored for customers, as is `q`. */
  customerId?: string;
  /** An order number, its beginning, or what names one of the `customersFound`. */
  q?: string;
  /** The customers whose username or e-mail address is `q`. */
  customersFound?: string[];
  cursor?: string;
  limit: number;
}

type Priced<View> = Omit<View, 'unitPrice' | 'subtotal' | 'shipping' | 'tax' | 'total'>;

/** The view of an order whose amounts are still decimals: only the shared kernel knows the digits of a currency. */
interface OrderRow extends Omit<Priced<OrderView>, 'items' | 'refunded'> {
  currency: string;
  subtotal: string;
  shipping: string;
  tax: string;
  taxInclusive: boolean;
  total: string;
  refunded: string;
  items: (Priced<OrderLineView> & { unitPrice: string; subtotal: string })[];
}

/** The id and `placed_at` of an order come from the same clock, within less than this many milliseconds. */
const CLOCK_SLACK = 60_000;

const timestamp = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const COLUMNS = `
  o.id, o.number, o.customer_id AS "customerId", o.status, o.total, o.refunded, o.shipments, o.returns, o.disputed,
  o.currency, o.version,
  o.total - o.shipping - CASE WHEN o.tax_inclusive THEN 0 ELSE o.tax END AS subtotal, o.shipping, o.tax,
  o.tax_inclusive AS "taxInclusive", o.shipping_method AS "shippingMethod", o.ship_to AS "shipTo",
  ${timestamp('o.placed_at')} AS "placedAt", ${timestamp('o.updated_at')} AS "updatedAt",
  CASE WHEN o.payment_status IS NOT NULL AND o.payment_provider IS NOT NULL THEN json_strip_nulls(json_build_object(
    'status', o.payment_status, 'provider', o.payment_provider,
    'clientSecret', o.client_secret, 'approvalUrl', o.approval_url)) END AS payment`;

/** One statement reads any number of orders and lines. Prices leave as text: JSON numbers would become floats. */
const LINES = `CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object(
    'productId', l.product_id, 'sku', l.sku, 'name', l.name, 'image', l.image, 'quantity', l.quantity,
    'shipped', l.shipped, 'refunded', l.withdrawn + l.settled, 'returned', l.returned,
    'unitPrice', l.unit_price::text, 'subtotal', (l.unit_price * l.quantity)::text) ORDER BY l.line_no) AS items
  FROM ordering.order_lines l WHERE l.order_id = o.id) l`;

/** What is to be shipped of a paid order. */
export interface OrderToShip {
  id: string;
  shipTo: Address | null;
  items: { productId: string; sku: string; name: string; quantity: number; shipped: number; left: number }[];
}

/** Orders for their owners and for admins. Another customer's order is not found. */
@Injectable()
export class OrderQueries {
  constructor(private readonly reads: ReplicaReads) {}

  /** Newest first. Every filter has an index, and bounds what is read of it. */
  async list({ cursor, limit, ...filter }: OrderFilter, requester: Reader): Promise<List<OrderView>> {
    const isAdmin = requester.role === 'admin';
    const { status, number, placedAfter, placedBefore, productId } = filter;
    const { customerId, q } = isAdmin ? filter : { customerId: requester.id };
    const boundTo = { status, number, placedAfter, placedBefore, productId, customerId, q };
    const page = new Keyset({ key: 'o.id', type: 'uuid', id: 'o.id', descending: true, boundTo, cursor, limit });
    const parameters: unknown[] = [];
    const value = (given: unknown) => `$${parameters.push(given)}`;
    const conditions = [page.after(parameters)];
    const numbered = (beginning: string): string => {
      const numbers = numbersBeginning(beginning);
      if (!numbers) return 'false';
      const [from, end] = [numbers.from, numbers.end].map((time) => value(firstIdOf(time)));
      return `(o.id >= ${from} AND o.id < ${end} AND o.number LIKE ${value(`${numbers.number}%`)})`;
    };
    if (customerId) conditions.push(`o.customer_id = ${value(customerId)}`);
    if (status) conditions.push(`o.status = ${value(status)}`);
    if (number !== undefined) conditions.push(numbered(number));
    if (placedAfter) {
      const from = new Date(placedAfter);
      conditions.push(`o.placed_at >= ${value(from)}`, `o.id >= ${value(firstIdOf(from.getTime() - CLOCK_SLACK))}`);
    }
    if (placedBefore) {
      const end = new Date(placedBefore);
      conditions.push(`o.placed_at < ${value(end)}`, `o.id < ${value(firstIdOf(end.getTime() + CLOCK_SLACK))}`);
    }
    if (q !== undefined)
      conditions.push(`(${numbered(q)} OR o.customer_id = ANY(${value(filter.customersFound ?? [])}::uuid[]))`);
    const ofProduct = productId
      ? `JOIN ordering.order_lines p ON p.order_id = o.id AND p.product_id = ${value(productId)}`
      : '';
    const rows = await this.reads.query<OrderRow & KeyColumns>(
      `SELECT * FROM (SELECT ${COLUMNS}, ${page.columns} FROM ordering.orders o ${ofProduct}
         WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}) o ${LINES} ORDER BY o.id DESC`,
      parameters,
      requester,
    );
    return page.list(rows, viewOf);
  }

  /** Throws OrderNotFound. */
  async one(id: string, requester: Reader): Promise<OrderView> {
    const [row] = await this.reads.query<OrderRow>(
      `SELECT ${COLUMNS}, l.items FROM ordering.orders o ${LINES}
       WHERE o.id = $1 AND ($2::uuid IS NULL OR o.customer_id = $2)`,
      [id, ownerOf(requester)],
      requester,
    );
    if (!row) throw new OrderNotFound();
    return viewOf(row);
  }

  /** What is to be shipped of these orders. */
  toShip(ids: readonly string[], requester: Reader): Promise<OrderToShip[]> {
    return this.reads.query(
      `SELECT o.id, o.ship_to AS "shipTo", json_agg(json_build_object(
         'productId', l.product_id, 'sku', l.sku, 'name', l.name, 'quantity', l.quantity, 'shipped', l.shipped,
         'left', l.quantity - l.shipped - l.withdrawn) ORDER BY l.line_no) AS items
       FROM ordering.orders o JOIN ordering.order_lines l ON l.order_id = o.id WHERE o.id = ANY($1) GROUP BY o.id`,
      [ids],
      requester,
    );
  }

  /** The transitions of an order, oldest first. Throws OrderNotFound. */
  async history(id: string, requester: Reader): Promise<OrderTransitionView[]> {
    const steps = await this.reads.query<OrderTransitionView>(
      `SELECT t.from_status AS "from", t.to_status AS "to", ${timestamp('t.at')} AS at, t.cause
       FROM ordering.orders o JOIN ordering.order_transitions t ON t.order_id = o.id
       WHERE o.id = $1 AND ($2::uuid IS NULL OR o.customer_id = $2) ORDER BY t.seq`,
      [id, ownerOf(requester)],
      requester,
    );
    if (!steps.length) throw new OrderNotFound();
    return steps;
  }
}

const ownerOf = ({ role, id }: Reader): string | null => (role === 'admin' ? null : id);

const viewOf = ({ id, number, customerId, status, currency, payment, version, ...row }: OrderRow): OrderView => ({
  ...{ id, number, customerId, status },
  items: row.items.map((line) => ({
    ...line,
    unitPrice: moneyView(line.unitPrice, currency),
    subtotal: moneyView(line.subtotal, currency),
  })),
  subtotal: moneyView(row.subtotal, currency),
  shipping: moneyView(row.shipping, currency),
  shippingMethod: row.shippingMethod,
  tax: { amount: moneyView(row.tax, currency), inclusive: row.taxInclusive },
  total: moneyView(row.total, currency),
  shipTo: row.shipTo,
  payment,
  refunded: moneyView(row.refunded, currency),
  shipments: row.shipments,
  returns: row.returns,
  disputed: row.disputed,
  ...{ version, placedAt: row.placedAt, updatedAt: row.updatedAt },
});
