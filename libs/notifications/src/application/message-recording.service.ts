import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { NotificationsSettings } from '../notifications.settings';
import { type Channel, Message, type Occasion, type Order, type OrderFacts } from '../domain/message';
import { MessageRepository } from '../domain/message.repository';

/** Takes note of what customers are to be told: once for each event, however often it is delivered. */
@Injectable()
export class MessageRecording {
  private readonly channels: Channel[];

  constructor(
    private readonly messages: MessageRepository,
    private readonly clock: Clock,
    settings: NotificationsSettings,
  ) {
    this.channels = settings.SMS_URL ? ['email', 'sms'] : ['email'];
  }

  /** The first message of an order; what the later ones repeat is read from it. */
  @UnitOfWork()
  async begin(eventId: string, order: Order): Promise<void> {
    await this.record(eventId, 'placed', order);
  }

  /** Throws OrderNotKnown. */
  @UnitOfWork()
  async goOn(eventId: string, occasion: Occasion, orderId: string, more: Partial<OrderFacts> = {}): Promise<void> {
    const { customerId, facts } = await this.messages.order(orderId);
    await this.record(eventId, occasion, { orderId, customerId, facts: { ...facts, ...more } });
  }

  private async record(eventId: string, occasion: Occasion, order: Order): Promise<void> {
    if (await this.messages.hasOf(eventId)) return;
    const recordedAt = this.clock.now();
    for (const channel of this.channels)
      this.messages.add(Message.record({ eventId, channel, occasion, recordedAt, ...order }));
  }
}
