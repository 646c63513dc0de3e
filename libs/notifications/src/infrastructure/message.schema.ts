import { column, mapAggregate } from '@holdfast/platform';
import { Message } from '../domain/message';

const { id, integer, text, timestamp, uuid } = column;

export const messageSchemas = mapAggregate(Message, {
  table: 'notifications.messages',
  columns: {
    id,
    eventId: uuid('event_id'),
    channel: text('channel'),
    occasion: text('occasion'),
    orderId: uuid('order_id', true),
    customerId: uuid('customer_id', true),
    facts: { name: 'facts', type: 'jsonb' },
    status: text('status'),
    version: integer('version'),
    recordedAt: timestamp('recorded_at'),
    updatedAt: timestamp('updated_at'),
  },
});
