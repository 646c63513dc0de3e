import { Injectable } from '@nestjs/common';
import type {
  AccountChanged,
  MessageRecorded,
  OrderCanceled,
  OrderPaid,
  OrderPlaced,
  PaymentRefunded,
  PaymentRefundFailed,
  RecoveryRequested,
  ReturnReceived,
  ReturnRejected,
  ReturnRequested,
  Shipped,
} from '@holdfast/contracts';
import { type EventMeta, OnEvent } from '@holdfast/platform';
import { AccountNotices } from './account-notices.service';
import { MessageRecording } from './message-recording.service';
import { MessageSending } from './message-sending.service';
import { OperationsReports } from './operations-reports.service';

/**
 * The events that notifications react to. An order's event only records a message; the message's own event sends it. So
 * a mail server that is down delays that message, and neither the order nor its other messages.
 */
@Injectable()
export class NotificationsEventHandlers {
  constructor(
    private readonly recording: MessageRecording,
    private readonly sending: MessageSending,
    private readonly notices: AccountNotices,
    private readonly reports: OperationsReports,
  ) {}

  @OnEvent('ordering.order-placed')
  async recordPlaced({ orderId, customerId, lines, total }: OrderPlaced, { id }: EventMeta): Promise<void> {
    await this.recording.recordFirst(id, { orderId, customerId, facts: { lines, total } });
  }

  @OnEvent('ordering.order-paid')
  async recordPaid({ orderId }: OrderPaid, { id }: EventMeta): Promise<void> {
    await this.recording.recordNext(id, 'paid', orderId);
  }

  @OnEvent('ordering.order-canceled')
  async recordCanceled({ orderId }: OrderCanceled, { id }: EventMeta): Promise<void> {
    await this.recording.recordNext(id, 'canceled', orderId);
  }

  /** Says nothing of the order, which a refund of everything cancels only if nothing has left. */
  @OnEvent('payments.payment-refunded')
  async recordRefunded({ orderId, amount }: PaymentRefunded, { id }: EventMeta): Promise<void> {
    await this.recording.recordNext(id, 'refunded', orderId, { refunded: amount });
  }

  @OnEvent('payments.refund-failed')
  async alertOfFailedRefund(event: PaymentRefundFailed, { id }: EventMeta): Promise<void> {
    const { orderId, amount, reason } = event;
    await this.reports.keep(id, { kind: 'refund-failed', facts: { orderId, amount, reason } });
  }

  @OnEvent('fulfilment.shipped')
  async recordShipped({ orderId, ...shipped }: Shipped, { id }: EventMeta): Promise<void> {
    const { items, left, carrier, trackingNumber, trackingUrl } = shipped;
    const parcel = { items, left, carrier, trackingNumber, trackingUrl };
    await this.recording.recordNext(id, 'shipped', orderId, { parcel });
  }

  @OnEvent('fulfilment.return-requested')
  async recordReturnRequested({ orderId, items: returned }: ReturnRequested, { id }: EventMeta): Promise<void> {
    await this.recording.recordNext(id, 'return-requested', orderId, { returned });
  }

  @OnEvent('fulfilment.return-received')
  async recordReturnReceived({ orderId, items, refund: refunded }: ReturnReceived, { id }: EventMeta): Promise<void> {
    const arrived = items.map(({ productId, restocked, writtenOff }) => {
      return { productId, quantity: restocked + writtenOff };
    });
    const returned = arrived.filter(({ quantity }) => quantity > 0);
    await this.recording.recordNext(id, 'return-received', orderId, { returned, refunded });
  }

  @OnEvent('fulfilment.return-rejected')
  async recordReturnRejected({ orderId, reason }: ReturnRejected, { id }: EventMeta): Promise<void> {
    await this.recording.recordNext(id, 'return-rejected', orderId, { reason });
  }

  @OnEvent('account-recovery.requested')
  async recordRecovery({ purpose, customerId, recoveryId }: RecoveryRequested, { id }: EventMeta): Promise<void> {
    if (customerId !== null) await this.recording.recordRecovery(id, purpose, customerId, recoveryId);
  }

  @OnEvent('notifications.message-recorded', { outside: true })
  async send({ messageId }: MessageRecorded): Promise<void> {
    await this.sending.send(messageId);
  }

  @OnEvent('identity.account-changed', { outside: true })
  async warnOfChange(event: AccountChanged, meta: EventMeta): Promise<void> {
    await this.notices.send(event, meta);
  }
}
