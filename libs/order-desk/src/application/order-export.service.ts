import { Injectable } from '@nestjs/common';
import { type OrderFilter, OrderQueries, type OrderView } from '@holdfast/ordering';
import type { Reader } from '@holdfast/platform';

/** One line of an order as a row of a file; the last columns are of the whole order. */
export type ExportedLine = ReturnType<typeof linesOf>[number];

const PAGE = 100;

@Injectable()
export class OrderExport {
  constructor(private readonly orders: OrderQueries) {}

  /** The orders of a list, newest first. One page is in memory at a time. */
  async *pages(filter: Omit<OrderFilter, 'limit' | 'cursor'>, admin: Reader): AsyncGenerator<ExportedLine[]> {
    let cursor: string | undefined;
    do {
      const page = await this.orders.list({ ...filter, cursor, limit: PAGE }, admin);
      yield page.items.flatMap(linesOf);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
}

const linesOf = (order: OrderView) =>
  order.items.map(({ sku, name, quantity, unitPrice, subtotal }) => ({
    ...{ number: order.number, orderId: order.id, placedAt: order.placedAt, status: order.status },
    ...{ customerId: order.customerId, sku, name, quantity },
    ...{ unitPrice: unitPrice.amount, lineSubtotal: subtotal.amount, currency: unitPrice.currency },
    ...{ subtotal: order.subtotal.amount, shipping: order.shipping.amount, shippingMethod: order.shippingMethod },
    ...{ tax: order.tax.amount.amount, taxInclusive: order.tax.inclusive, total: order.total.amount },
    ...{ refunded: order.refunded.amount, country: order.shipTo?.country ?? null },
  }));
