import { Injectable } from '@nestjs/common';
import { type OrderToShip, OrderQueries, type ReturnStatus } from '@holdfast/ordering';
import { isoTime, type KeyColumns, Keyset, type List, type Reader, ReplicaReads } from '@holdfast/platform';
import type { FulfilmentStatus } from '../domain/fulfilment';
import { FulfilmentNotFound } from '../domain/fulfilment.errors';
import type { ReturnView } from './goods-returns.service';

export interface FulfilmentFilter {
  status?: FulfilmentStatus;
  orderId?: string;
  cursor?: string;
  limit: number;
}

export interface ReturnFilter {
  status?: ReturnStatus;
  cursor?: string;
  limit: number;
}

export interface FulfilmentView extends OrderToShip {
  orderId: string;
  status: FulfilmentStatus;
  openedAt: string;
}

interface FulfilmentRow {
  id: string;
  status: FulfilmentStatus;
  openedAt: string;
}

const COLUMNS = `f.order_id AS id, f.status, ${isoTime('f.opened_at')} AS "openedAt"`;

/** What is to be shipped, and what comes back. What an order has, and where it goes, is read from the order. */
@Injectable()
export class FulfilmentQueries {
  constructor(
    private readonly reads: ReplicaReads,
    private readonly orders: OrderQueries,
  ) {}

  /** In the order in which the orders were placed. */
  async list({ status, orderId, cursor, limit }: FulfilmentFilter, requester: Reader): Promise<List<FulfilmentView>> {
    const id = 'f.order_id';
    const page = new Keyset({
      key: id,
      type: 'uuid',
      id,
      descending: false,
      boundTo: { status, orderId },
      cursor,
      limit,
    });
    const parameters: unknown[] = [];
    const conditions = [page.after(parameters)];
    if (status) conditions.push(`f.status = $${parameters.push(status)}`);
    if (orderId) conditions.push(`f.order_id = $${parameters.push(orderId)}`);
    const rows = await this.reads.query<FulfilmentRow & KeyColumns>(
      `SELECT ${COLUMNS}, ${page.columns} FROM fulfilment.fulfilments f
       WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
      requester,
    );
    const { items, nextCursor } = page.list<FulfilmentRow>(rows);
    return { items: await this.viewsOf(items, requester), nextCursor };
  }

  /** Throws FulfilmentNotFound. */
  async one(id: string, requester: Reader): Promise<FulfilmentView> {
    const rows = await this.reads.query<FulfilmentRow>(
      `SELECT ${COLUMNS} FROM fulfilment.fulfilments f WHERE f.order_id = $1`,
      [id],
      requester,
    );
    const [view] = await this.viewsOf(rows, requester);
    if (!view) throw new FulfilmentNotFound();
    return view;
  }

  /** Oldest first. */
  async returns({ status, cursor, limit }: ReturnFilter, requester: Reader): Promise<List<ReturnView>> {
    const page = new Keyset({
      key: 'r.id',
      type: 'uuid',
      id: 'r.id',
      descending: false,
      boundTo: { status },
      cursor,
      limit,
    });
    const parameters: unknown[] = [];
    const conditions = [page.after(parameters)];
    if (status) conditions.push(`r.status = $${parameters.push(status)}`);
    const rows = await this.reads.query<
      Omit<ReturnView, 'rejectReason'> & { rejectReason: string | null } & KeyColumns
    >(
      `SELECT r.id, r.order_id AS "orderId", r.customer_id AS "customerId", r.status, r.reason,
         r.reject_reason AS "rejectReason", ${isoTime('r.requested_at')} AS "requestedAt", l.items, ${page.columns}
       FROM fulfilment.returns r CROSS JOIN LATERAL (
         SELECT json_agg(json_build_object('productId', product_id, 'quantity', quantity, 'restocked', restocked,
                                           'writtenOff', written_off) ORDER BY product_id) AS items
         FROM fulfilment.return_lines WHERE return_id = r.id) l
       WHERE ${conditions.join(' AND ')} ${page.orderAndLimit}`,
      parameters,
      requester,
    );
    return page.list(rows, ({ rejectReason, cursor_key: _key, cursor_id: _id, ...view }: (typeof rows)[number]) => ({
      ...view,
      ...(rejectReason !== null && { rejectReason }),
    }));
  }

  private async viewsOf(rows: FulfilmentRow[], requester: Reader): Promise<FulfilmentView[]> {
    const orders = await this.orders.toShip(
      rows.map(({ id }) => id),
      requester,
    );
    const byId = new Map(orders.map((order) => [order.id, order]));
    return rows.flatMap(({ id, status, openedAt }) => {
      const order = byId.get(id);
      return order ? [{ ...order, id, orderId: id, status, openedAt }] : [];
    });
  }
}
