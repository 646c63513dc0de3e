import { column, mapAggregate } from '@holdfast/platform';
import { Attempt, WebhookEvent } from '../domain/attempt';
import { Payment } from '../domain/payment';
import { Refund } from '../domain/refund';

const { thousandths, id, text, timestamp, uuid } = column;

export const paymentSchemas = mapAggregate(Payment, {
  table: 'payments.payments',
  columns: {
    id,
    orderId: uuid('order_id'),
    status: text('status'),
    amountThousandths: thousandths('amount'),
    currency: text('currency'),
    version: column.integer('version'),
    openedAt: timestamp('opened_at'),
    acceptedAt: timestamp('accepted_at', true),
    disputeStatus: text('dispute_status', true),
    disputeReference: text('dispute_reference', true),
    checkedAt: timestamp('checked_at'),
    backoff: column.integer('backoff'),
    updatedAt: timestamp('updated_at'),
  },
  children: [
    {
      property: 'attempts',
      target: Attempt,
      parentId: 'paymentId',
      loaded: true,
      table: 'payments.attempts',
      columns: {
        id,
        paymentId: uuid('payment_id'),
        provider: text('provider'),
        status: text('status'),
        reference: text('reference', true),
        capturedThousandths: thousandths('captured'),
        refundedThousandths: thousandths('refunded'),
        currency: text('currency'),
        startedAt: timestamp('started_at'),
      },
    },
    {
      property: 'refunds',
      target: Refund,
      parentId: 'paymentId',
      loaded: true,
      table: 'payments.refunds',
      columns: {
        id,
        paymentId: uuid('payment_id'),
        attemptId: uuid('attempt_id'),
        amountThousandths: thousandths('amount'),
        currency: text('currency'),
        status: text('status'),
        reference: text('reference', true),
        failure: text('failure', true),
        retries: column.integer('retries'),
        isForeign: column.boolean('is_foreign'),
        requestedAt: timestamp('requested_at'),
        sentAt: timestamp('sent_at', true),
      },
    },
    {
      property: 'webhookEvents',
      target: WebhookEvent,
      parentId: 'paymentId',
      loaded: false,
      table: 'payments.webhook_events',
      columns: {
        provider: { ...text('provider'), primary: true },
        eventId: { ...text('event_id'), primary: true },
        paymentId: uuid('payment_id'),
        attemptId: uuid('attempt_id', true),
        type: text('type'),
        verdict: text('verdict'),
        receivedAt: timestamp('received_at'),
      },
    },
  ],
});
