import { ApiProperty } from '@nestjs/swagger';
import { MoneyDto } from '@holdfast/http';
import type { Receipt } from '../application/payment-webhooks.service';

export class WebhookDataDto {
  /** The payment's id as we gave it to the provider, its idempotency key. One of this and `orderId` must be there. */
  @ApiProperty({ format: 'uuid', required: false })
  paymentId?: string;
  /** The order that is paid. */
  @ApiProperty({ format: 'uuid', required: false, example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' })
  orderId?: string;
  /** What was captured: needed with `payment.succeeded`. */
  amount?: MoneyDto;
  /** The provider's own id of the payment. @example "sim_8f2c" */
  reference?: string;
  /** Why it failed. @example "card declined" */
  reason?: string;
}

/** A webhook of the simulator. Stripe sends its own events; of those the `payment_intent.*` ones are used. */
export class WebhookDto {
  /** Of the event: one that was received before changes nothing. @example "evt_1" */
  id!: string;
  /** Others are acknowledged and ignored. */
  @ApiProperty({ enum: ['payment.succeeded', 'payment.failed'], example: 'payment.succeeded' })
  type!: string;
  data!: WebhookDataDto;
}

export class WebhookReceiptDto {
  /** What the event came to. */
  @ApiProperty({ enum: ['applied', 'ignored', 'duplicate', 'unknown', 'amount-mismatch'], example: 'applied' })
  outcome!: Receipt;
}
