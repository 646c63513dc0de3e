import { column, mapAggregate } from '@holdfast/platform';
import { Order } from '../domain/order';
import { OrderLine } from '../domain/order-line';
import { OrderTransition } from '../domain/order-status';
import { UnpaidOrders } from '../domain/unpaid-orders';

const { thousandths, id, text, timestamp, uuid } = column;

export const orderSchemas = mapAggregate(Order, {
  table: 'ordering.orders',
  columns: {
    id,
    customerId: uuid('customer_id'),
    status: text('status'),
    totalThousandths: thousandths('total'),
    currency: text('currency'),
    shippingThousandths: thousandths('shipping'),
    shippingMethod: text('shipping_method', true),
    taxThousandths: thousandths('tax'),
    shippingTaxThousandths: thousandths('shipping_tax'),
    taxInclusive: column.boolean('tax_inclusive'),
    shipTo: { name: 'ship_to', type: 'jsonb', nullable: true },
    version: column.integer('version'),
    placedAt: timestamp('placed_at'),
    updatedAt: timestamp('updated_at'),
    paymentStatus: text('payment_status', true),
    paymentProvider: text('payment_provider', true),
    clientSecret: text('client_secret', true),
    approvalUrl: text('approval_url', true),
    refundedThousandths: thousandths('refunded'),
    stockKept: column.boolean('stock_kept'),
    disputed: column.boolean('disputed'),
    shipments: { name: 'shipments', type: 'jsonb' },
    returns: { name: 'returns', type: 'jsonb' },
  },
  children: [
    {
      property: 'lines',
      target: OrderLine,
      parentId: 'orderId',
      loaded: true,
      table: 'ordering.order_lines',
      columns: {
        orderId: { ...uuid('order_id'), primary: true },
        lineNo: { name: 'line_no', type: 'smallint', primary: true },
        productId: uuid('product_id'),
        sku: text('sku'),
        name: text('name'),
        image: { name: 'image', type: 'jsonb', nullable: true },
        quantity: column.integer('quantity'),
        unitPriceThousandths: thousandths('unit_price'),
        taxThousandths: thousandths('tax'),
        currency: text('currency'),
        shipped: column.integer('shipped'),
        withdrawn: column.integer('withdrawn'),
        settled: column.integer('settled'),
        returned: column.integer('returned'),
        restocked: column.integer('restocked'),
      },
    },
    {
      property: 'transitions',
      target: OrderTransition,
      parentId: 'orderId',
      loaded: false,
      table: 'ordering.order_transitions',
      columns: {
        orderId: { ...uuid('order_id'), primary: true },
        from: text('from_status'),
        to: text('to_status'),
        cause: text('cause'),
        at: timestamp('at'),
      },
    },
  ],
});

export const unpaidOrdersSchemas = mapAggregate(UnpaidOrders, {
  table: 'ordering.unpaid_orders',
  columns: {
    id: { ...uuid('customer_id'), primary: true },
    orders: column.integer('orders'),
    units: column.count('units'),
  },
});
