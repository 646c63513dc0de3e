import type { Message, Order } from './message';

export abstract class MessageRepository {
  abstract add(message: Message): void;
  abstract lock(id: string): Promise<Message>;
  abstract isRecorded(eventId: string): Promise<boolean>;
  /** The order as its first message recorded it. Throws OrderNotKnown. */
  abstract getOrder(id: string): Promise<Order>;
}

/** The event arrived before `ordering.order-placed`; its retry succeeds after that one. */
export class OrderNotKnown extends Error {
  constructor(orderId: string) {
    super(`no message about the order ${orderId} is recorded yet`);
    this.name = 'OrderNotKnown';
  }
}
