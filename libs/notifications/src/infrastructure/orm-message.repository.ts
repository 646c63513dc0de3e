import { Injectable } from '@nestjs/common';
import { currentUnit, type Statement } from '@holdfast/platform';
import { Message, type Order } from '../domain/message';
import { MessageRepository, OrderNotKnown } from '../domain/message.repository';

@Injectable()
export class OrmMessageRepository extends MessageRepository {
  add(message: Message): void {
    currentUnit().add(message);
  }

  async lock(id: string): Promise<Message> {
    const message = await currentUnit().lock(Message, id);
    if (!message) throw new Error(`there is no message ${id}`);
    return message;
  }

  async isRecorded(eventId: string): Promise<boolean> {
    return currentUnit().ask('recorded events', eventId, areRecorded);
  }

  async getOrder(id: string): Promise<Order> {
    const order = await currentUnit().ask('orders of messages', id, ordersOf);
    if (!order) throw new OrderNotKnown(id);
    return order;
  }
}

async function areRecorded(eventIds: string[], statement: Statement): Promise<boolean[]> {
  const { rows } = await statement<{ eventId: string }>(
    'SELECT event_id AS "eventId" FROM notifications.messages WHERE event_id = ANY ($1::uuid[])',
    [eventIds],
  );
  const recorded = new Set(rows.map(({ eventId }) => eventId));
  return eventIds.map((id) => recorded.has(id));
}

async function ordersOf(ids: string[], statement: Statement): Promise<(Order | undefined)[]> {
  const { rows } = await statement<Order>(
    `SELECT DISTINCT ON (order_id) order_id AS "orderId", customer_id AS "customerId", facts
     FROM notifications.messages WHERE order_id = ANY ($1::uuid[]) AND occasion = 'placed' ORDER BY order_id`,
    [ids],
  );
  const orders = new Map(rows.map((order) => [order.orderId, order]));
  return ids.map((id) => orders.get(id));
}
