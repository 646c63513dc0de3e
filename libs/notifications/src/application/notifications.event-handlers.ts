import { Injectable } from '@nestjs/common';
import type { MessageRecorded, OrderCanceled, OrderPaid, OrderPlaced, PaymentRefunded } from '@holdfast/contracts';
import { type EventMeta, OnEvent } from '@holdfast/platform';
import { MessageRecording } from './message-recording.service';
import { MessageSending } from './message-sending.service';

/**
 * What notifications react to. Of an order's events they only take note, in their own unit of work; the sending hangs on
 * an event of the message's own. So a mail server that is down holds up that message, and nothing that happens to the
 * order: neither its payment nor its other messages.
 */
@Injectable()
export class NotificationsEventHandlers {
  constructor(
    private readonly recording: MessageRecording,
    private readonly sending: MessageSending,
  ) {}

  @OnEvent('ordering.order-placed')
  async confirm({ orderId, customerId, lines, total }: OrderPlaced, { id }: EventMeta): Promise<void> {
    await this.recording.begin(id, { orderId, customerId, facts: { lines, total } });
  }

  @OnEvent('ordering.order-paid')
  async tellPaid({ orderId }: OrderPaid, { id }: EventMeta): Promise<void> {
    await this.recording.goOn(id, 'paid', orderId);
  }

  /** One that was paid says so with its refund: the customer hears once, when the money is on its way. */
  @OnEvent('ordering.order-canceled')
  async tellCanceled({ orderId, refunded }: OrderCanceled, { id }: EventMeta): Promise<void> {
    if (!refunded) await this.recording.goOn(id, 'canceled', orderId);
  }

  @OnEvent('payments.payment-refunded')
  async tellRefunded({ orderId, amount, inFull }: PaymentRefunded, { id }: EventMeta): Promise<void> {
    await this.recording.goOn(id, 'refunded', orderId, { refunded: amount, inFull });
  }

  @OnEvent('notifications.message-recorded', { outside: true })
  async send({ messageId }: MessageRecorded): Promise<void> {
    await this.sending.send(messageId);
  }
}
