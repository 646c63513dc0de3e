import { AggregateRoot, type MoneyView, newId } from '@holdfast/shared-kernel';
import type { NotificationsEvent, OrderedLine } from '@holdfast/contracts';

export type Channel = 'email' | 'sms';

/** What happened to the order that its customer is told of. */
export type Occasion = 'placed' | 'paid' | 'canceled' | 'refunded';

/** What is told of an order: enough to write any message about it without asking anybody. Nothing says whose it is. */
export interface OrderFacts {
  lines: OrderedLine[];
  total: MoneyView;
  /** What went back, where that is the occasion; and whether it was the last of it, with which the order is canceled. */
  refunded?: MoneyView;
  inFull?: boolean;
}

export interface Order {
  orderId: string;
  customerId: string;
  facts: OrderFacts;
}

export interface Outgoing extends Order {
  /** Of the event that it tells of: the same at every attempt, so whoever gets it twice can see that it is one. */
  eventId: string;
  channel: Channel;
  occasion: Occasion;
  recordedAt: Date;
}

/**
 * recorded → sent, or dropped if the customer has closed the account by then.
 *
 * - There is one for each event and channel.
 * - It holds no address: where it goes is asked when it is sent.
 * - What is sent or dropped stays so.
 */
export class Message extends AggregateRoot {
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
    const message = Object.assign(new Message(), { id: newId(), ...outgoing, status: 'recorded', updatedAt: at });
    const { channel, orderId, customerId } = outgoing;
    message.say({ type: 'notifications.message-recorded', messageId: message.id, channel, orderId, customerId });
    return message;
  }

  /** What there is to send; undefined when that is done. */
  get outgoing(): Outgoing | undefined {
    if (this.status !== 'recorded') return undefined;
    const { eventId, channel, occasion, orderId, customerId, facts, recordedAt } = this;
    return { eventId, channel, occasion, orderId, customerId, facts, recordedAt };
  }

  /** Settled a second time, it stays as it was. */
  settle(status: 'sent' | 'dropped', at: Date): void {
    if (this.status !== 'recorded') return;
    Object.assign(this, { status });
    this.changed(at);
  }

  private say(event: NotificationsEvent): void {
    this.record(event);
  }
}
