import type { RecoveryRequested } from '@holdfast/contracts';
import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { UnitOfWork } from '@holdfast/platform';
import { NotificationsSettings } from '../notifications.settings';
import {
  type Channel,
  Message,
  type Notice,
  type Occasion,
  type Order,
  type OrderFacts,
  type RecoveryMail,
} from '../domain/message';
import { MessageRepository } from '../domain/message.repository';

/** Records the messages that customers get: once for each event and channel, however often the event is delivered. */
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

  /** Records the first message of an order, from which later messages take the order's facts. */
  @UnitOfWork()
  async recordFirst(eventId: string, order: Order): Promise<void> {
    await this.record(eventId, { ...order, occasion: 'placed' }, this.channels);
  }

  /** Records a later message of an order. Throws OrderNotKnown. */
  @UnitOfWork()
  async recordNext(
    eventId: string,
    occasion: Occasion,
    orderId: string,
    more: Partial<OrderFacts> = {},
  ): Promise<void> {
    const { customerId, facts } = await this.messages.getOrder(orderId);
    const content = { occasion, orderId, customerId, facts: { ...facts, ...more } };
    await this.record(eventId, content, this.channels);
  }

  /** Records a mail about the account. It has no other channel: its token proves that the reader has the mailbox. */
  @UnitOfWork()
  async recordRecovery(
    eventId: string,
    occasion: RecoveryRequested['purpose'],
    customerId: string,
    recoveryId: string,
  ): Promise<void> {
    await this.record(eventId, { occasion, orderId: null, customerId, facts: { recoveryId } }, ['email']);
  }

  private async record(eventId: string, content: Notice | RecoveryMail, channels: readonly Channel[]): Promise<void> {
    if (await this.messages.isRecorded(eventId)) return;
    const recordedAt = this.clock.now();
    for (const channel of channels) this.messages.add(Message.record({ eventId, channel, recordedAt, ...content }));
  }
}
