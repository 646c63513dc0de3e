import { AggregateRoot, assign, type MoneyView, newId } from '@holdfast/shared-kernel';
import type { NotificationsEvent, OrderedLine, RecoveryRequested, Shipped } from '@holdfast/contracts';

export type Channel = 'email' | 'sms';

/**
 * The event of an order that a message to a customer is about. All are confirmations: each says what became of
 * something that the customer ordered, paid or asked for. So they go to an address that is not verified too. A message
 * of another kind must ask for a verified address.
 */
export type Occasion =
  'placed' | 'paid' | 'canceled' | 'refunded' | 'shipped' | 'return-requested' | 'return-received' | 'return-rejected';

/** The facts of an order that any message about it needs. They do not identify the customer. */
export interface OrderFacts {
  lines: OrderedLine[];
  total: MoneyView;
  /** The amount that a `refunded` message is about. */
  refunded?: MoneyView;
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

export interface Notice extends Order {
  occasion: Occasion;
}

/** A mail with a one-time token. Its facts name the request, and hold no token. */
export interface RecoveryMail {
  occasion: RecoveryRequested['purpose'];
  orderId: null;
  customerId: string;
  facts: { recoveryId: string };
}

/** What the people who run the shop read about. */
export type Alert =
  | { kind: 'dead-letter'; facts: { eventId: string; type: string; occurredAt: string } }
  | { kind: 'refund-failed'; facts: { orderId: string; amount: MoneyView; reason: string } };

export interface ProductLowOnStock {
  sku: string;
  name: string;
  onHand: number;
  threshold: number;
}

/** A message to the people who run the shop: how much there is to report, and the first of it. */
export type Report = { orderId: null; customerId: null } & (
  | { occasion: 'alerts'; facts: { deadLetters: number; failedRefunds: number; first: Alert[] } }
  | { occasion: 'low-stock'; facts: { count: number; first: ProductLowOnStock[] } }
);

interface Envelope {
  /** The event that the message is about. Attempts share it, so that receivers can recognise a duplicate. */
  eventId: string;
  channel: Channel;
  recordedAt: Date;
}

export type Outgoing = Envelope & (Notice | RecoveryMail | Report);

/**
 * A message to a customer, or to those who run the shop: recorded → sent, or dropped when there is no address any more.
 *
 * - One message exists for each event and channel.
 * - A message holds no address: the address is looked up when the message is sent.
 * - A sent or dropped message never changes.
 */
export class Message extends AggregateRoot<NotificationsEvent> {
  readonly eventId!: string;
  readonly channel!: Channel;
  readonly occasion!: Outgoing['occasion'];
  readonly orderId!: string | null;
  readonly customerId!: string | null;
  readonly facts!: Outgoing['facts'];
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
    return { eventId, channel, occasion, orderId, customerId, facts, recordedAt } as Outgoing;
  }

  /** Records the outcome; a repeat changes nothing. */
  settle(status: 'sent' | 'dropped', at: Date): void {
    if (this.status !== 'recorded') return;
    assign<Message>(this, { status });
    this.changed(at);
  }
}
