import { Injectable } from '@nestjs/common';
import { currentUnit } from '@holdfast/platform';
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
    const { rows } = await currentUnit().statement('SELECT FROM notifications.messages WHERE event_id = $1', [eventId]);
    return rows.length > 0;
  }

  async getOrder(id: string): Promise<Order> {
    const { rows } = await currentUnit().statement<Order>(
      `SELECT order_id AS "orderId", customer_id AS "customerId", facts
       FROM notifications.messages WHERE order_id = $1 AND occasion = 'placed' LIMIT 1`,
      [id],
    );
    if (!rows.length) throw new OrderNotKnown(id);
    return rows[0];
  }
}
