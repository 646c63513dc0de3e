import { AggregateRoot, assign, type MoneyView, newId } from '@holdfast/shared-kernel';
import type { NotificationsEvent, OrderedLine, Shipped } from '@holdfast/contracts';

export type Channel = 'email' | 'sms';

/** The event of an order that a message is about. */
export type Occasion =
  'placed' | 'paid' | 'canceled' | 'refunded' | 'shipped' | 'return-requested' | 'return-received' | 'return-rejected';

/** The facts of an order that any message about it needs. They do not identify the customer. */
export interface OrderFacts {
  lines: OrderedLine[];
  total: MoneyView;
  /** The amount that a `refunded` message is about. */
  refunded?: MoneyView;
  /** True for a refund that returns all that was paid, which cancels the order. */
  inFull?: boolean;
  /** The parcel that a `shipped` message is about, and what is still to come. */
  parcel?: Pick<Shipped, 'items' | 'left' | 'carrier' | 'trackingNumber' | 'trackingUrl'>;
  /** The goods that a message about a return is about. */
  returned?: { productId: string; quantity: number }[];
  /** Why a return was rejected. */
  reason?: string;
}

export interface Order {
  orderId: string;
  customerId: string;
  facts: OrderFacts;
}

export interface Outgoing extends Order {
  /** The event that the message is about. Attempts share it, so that receivers can recognise a duplicate. */
  eventId: string;
  channel: Channel;
  occasion: Occasion;
  recordedAt: Date;
}

/**
 * A message to a customer: recorded → sent, or dropped when the account was closed before.
 *
 * - One message exists for each event and channel.
 * - A message holds no address: the address is looked up when the message is sent.
 * - A sent or dropped message never changes.
 */
export class Message extends AggregateRoot<NotificationsEvent> {
  readonly eventId!: string;
  readonly channel!: Channel;
  readonly occasion!: Occasion;
  readonly orderId!: string;
  readonly customerId!: string;
  readonly facts!: OrderFacts;
  readonly status!: 'recorded' | 'sent' | 'dropped';
  readonly recordedAt!: Date;

  private constructor() {
    super();
  }

  static record(outgoing: Outgoing): Message {
    const at = outgoing.recordedAt;
    const message = new Message();
    assign<Message>(message, { id: newId(), ...outgoing, status: 'recorded', updatedAt: at });
    const { channel, orderId, customerId } = outgoing;
    message.record({ type: 'notifications.message-recorded', messageId: message.id, channel, orderId, customerId });
    return message;
  }

  /** The message to send; undefined once it is settled. */
  get outgoing(): Outgoing | undefined {
    if (this.status !== 'recorded') return undefined;
    const { eventId, channel, occasion, orderId, customerId, facts, recordedAt } = this;
    return { eventId, channel, occasion, orderId, customerId, facts, recordedAt };
  }

  /** Records the outcome; a repeat changes nothing. */
  settle(status: 'sent' | 'dropped', at: Date): void {
    if (this.status !== 'recorded') return;
    assign<Message>(this, { status });
    this.changed(at);
  }
}
