import { Injectable } from '@nestjs/common';
import { decimalOf, thousandthsOf, moneyView, orderNumber } from '@holdfast/shared-kernel';
import { type KeyColumns, Keyset, type List, ReplicaReads } from '@holdfast/platform';
import type { OrderStatus, PaymentStatus } from '../domain/order-status';
import { OrderNotFound } from '../domain/ordering.errors';
import type { Requester } from './order-cancellation.service';
import { paymentView, type OrderTransitionView, type OrderView } from './order.views';

export interface OrderFilter {
  status?: OrderStatus;
  customerId?: string;
  cursor?: string;
  limit: number;
}

interface LineRow {
  product_id: string;
  sku: string;
  name: string;
  quantity: number;
  unit_price: string;
}

interface OrderRow {
  id: string;
  customer_id: string;
  status: OrderStatus;
  total: string;
  currency: string;
  version: number;
  placed_at: Date;
  updated_at: Date;
  payment_status: PaymentStatus | null;
  payment_provider: string | null;
  client_secret: string | null;
  refunded: string;
  lines: LineRow[];
}

/** One statement for any number of orders and lines. Prices leave as text: JSON numbers would become floats. */
const COLUMNS = `o.id, o.customer_id, o.status, o.total, o.currency, o.version, o.placed_at, o.updated_at, o.payment_status,
                 o.payment_provider, o.client_secret, o.refunded`;
const LINES = `CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('product_id', l.product_id, 'sku', l.sku, 'name', l.name,
                                    'quantity', l.quantity, 'unit_price', l.unit_price::text) ORDER BY l.line_no) AS lines
  FROM ordering.order_lines l WHERE l.order_id = o.id) l`;

/** Orders as their owners and admins see them: another customer's order does not exist. */
@Injectable()
export class OrderQueries {
  constructor(private readonly reads: ReplicaReads) {}

  /** Newest first. */
  async list({ status, customerId, cursor, limit }: OrderFilter, requester: Requester): Promise<List<OrderView>> {
    const owner = requester.role === 'admin' ? customerId : requester.id;
    const boundTo = { status, owner };
    const page = new Keyset({ key: 'o.id', type: 'uuid', id: 'o.id', descending: true, boundTo, cursor, limit });
    const parameters: unknown[] = [];
    const conditions = [page.after(parameters)];
    if (owner) conditions.push(`o.customer_id = $${parameters.push(owner)}`);
    if (status) conditions.push(`o.status = $${parameters.push(status)}`);
    const rows = await this.reads.query<OrderRow & KeyColumns>(
      `SELECT * FROM (SELECT ${COLUMNS}, ${page.columns} FROM ordering.orders o
         WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}) o ${LINES} ORDER BY o.id DESC`,
      parameters,
      requester,
    );
    return page.list(rows, viewOf);
  }

  async one(id: string, requester: Requester): Promise<OrderView> {
    const [row] = await this.reads.query<OrderRow>(
      `SELECT ${COLUMNS}, l.lines FROM ordering.orders o ${LINES} WHERE o.id = $1 AND ($2::uuid IS NULL OR o.customer_id = $2)`,
      [id, ownerOf(requester)],
      requester,
    );
    if (!row) throw new OrderNotFound();
    return viewOf(row);
  }

  /** Every step since it was created, oldest first. */
  async history(id: string, requester: Requester): Promise<OrderTransitionView[]> {
    const rows = await this.reads.query<{ from_status: string; to_status: string; at: Date; cause: string }>(
      `SELECT t.from_status, t.to_status, t.at, t.cause
       FROM ordering.orders o JOIN ordering.order_transitions t ON t.order_id = o.id
       WHERE o.id = $1 AND ($2::uuid IS NULL OR o.customer_id = $2) ORDER BY t.seq`,
      [id, ownerOf(requester)],
      requester,
    );
    if (!rows.length) throw new OrderNotFound();
    return rows.map((row) => ({
      from: row.from_status,
      to: row.to_status,
      at: row.at.toISOString(),
      cause: row.cause,
    }));
  }
}

const ownerOf = ({ role, id }: Requester): string | null => (role === 'admin' ? null : id);

const viewOf = (row: OrderRow): OrderView => ({
  id: row.id,
  number: orderNumber(row.id),
  customerId: row.customer_id,
  status: row.status,
  items: row.lines.map((line) => ({
    productId: line.product_id,
    sku: line.sku,
    name: line.name,
    quantity: line.quantity,
    unitPrice: moneyView(line.unit_price, row.currency),
    subtotal: moneyView(decimalOf(thousandthsOf(line.unit_price) * BigInt(line.quantity)), row.currency),
  })),
  total: moneyView(row.total, row.currency),
  payment: paymentView(row.payment_status, row.payment_provider, row.client_secret),
  refunded: moneyView(row.refunded, row.currency),
  version: row.version,
  placedAt: row.placed_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
