import type { Message, Order } from './message';

export abstract class MessageRepository {
  abstract add(message: Message): void;
  abstract lock(id: string): Promise<Message>;
  abstract hasOf(eventId: string): Promise<boolean>;
  /** As its first message told it. Throws OrderNotKnown. */
  abstract order(id: string): Promise<Order>;
}

/** The event came before the one that the order was placed by: it will be delivered again, after that. */
export class OrderNotKnown extends Error {
  constructor(orderId: string) {
    super(`nothing was heard of the order ${orderId} yet`);
    this.name = 'OrderNotKnown';
  }
}
