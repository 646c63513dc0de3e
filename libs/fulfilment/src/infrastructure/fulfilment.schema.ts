import { column, mapAggregate } from '@holdfast/platform';
import { Fulfilment, Shipment, ShipmentLine } from '../domain/fulfilment';
import { Return, ReturnLine } from '../domain/return';

const { id, integer, text, timestamp, uuid } = column;

export const fulfilmentSchemas = mapAggregate(Fulfilment, {
  table: 'fulfilment.fulfilments',
  columns: {
    id: { ...uuid('order_id'), primary: true },
    status: text('status'),
    version: integer('version'),
    openedAt: timestamp('opened_at'),
    updatedAt: timestamp('updated_at'),
  },
  children: [
    {
      property: 'shipments',
      target: Shipment,
      parentId: 'orderId',
      loaded: false,
      table: 'fulfilment.shipments',
      columns: {
        id,
        orderId: uuid('order_id'),
        carrier: text('carrier', true),
        trackingNumber: text('tracking_number', true),
        trackingUrl: text('tracking_url', true),
        shippedAt: timestamp('shipped_at'),
      },
    },
    {
      property: 'shipmentLines',
      target: ShipmentLine,
      parentId: 'orderId',
      loaded: false,
      table: 'fulfilment.shipment_lines',
      columns: {
        shipmentId: { ...uuid('shipment_id'), primary: true },
        productId: { ...uuid('product_id'), primary: true },
        orderId: uuid('order_id'),
        quantity: integer('quantity'),
      },
    },
  ],
});

export const returnSchemas = mapAggregate(Return, {
  table: 'fulfilment.returns',
  columns: {
    id,
    orderId: uuid('order_id'),
    customerId: uuid('customer_id'),
    status: text('status'),
    reason: text('reason'),
    rejectReason: text('reject_reason', true),
    version: integer('version'),
    requestedAt: timestamp('requested_at'),
    updatedAt: timestamp('updated_at'),
  },
  children: [
    {
      property: 'lines',
      target: ReturnLine,
      parentId: 'returnId',
      loaded: true,
      table: 'fulfilment.return_lines',
      columns: {
        returnId: { ...uuid('return_id'), primary: true },
        productId: { ...uuid('product_id'), primary: true },
        quantity: integer('quantity'),
        restocked: integer('restocked'),
        writtenOff: integer('written_off'),
      },
    },
  ],
});
