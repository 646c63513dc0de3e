import { ApiProperty } from '@nestjs/swagger';
import { IsId, MoneyDto, Optional, PageDto } from '@holdfast/http';
import { IsIn } from 'class-validator';
import type { RefundView } from '../application/payment-refunds.service';
import type { Receipt } from '../application/payment-webhooks.service';
import { REFUND_STATUSES, type RefundStatus } from '../domain/refund';

export class WebhookDataDto {
  /** The idempotency key that the provider was given for the payment. Needed unless `orderId` is given. */
  @ApiProperty({ format: 'uuid', required: false })
  paymentId?: string;
  /** The paid order. Needed unless `paymentId` is given. */
  @ApiProperty({ format: 'uuid', required: false, example: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' })
  orderId?: string;
  /** The captured amount; required with `payment.succeeded`. */
  amount?: MoneyDto;
  /** The provider's own id of the payment. @example "sim_8f2c" */
  reference?: string;
  /** Why the payment or the attempt failed. @example "card declined" */
  reason?: string;
}

/** An event of the simulator. Stripe sends its own events: `payment_intent.*`, `refund.*` and `charge.*` are used. */
export class WebhookDto {
  /** The event's id: an id that was received before changes nothing. @example "evt_1" */
  id!: string;
  /** After `payment.attempt-failed` the payment can still be made. Other types are acknowledged and ignored. */
  @ApiProperty({
    enum: ['payment.succeeded', 'payment.failed', 'payment.attempt-failed'],
    example: 'payment.succeeded',
  })
  type!: string;
  data!: WebhookDataDto;
}

export class WebhookReceiptDto {
  /** The effect of the event. */
  @ApiProperty({ enum: ['applied', 'ignored', 'duplicate', 'unknown', 'amount-mismatch'], example: 'applied' })
  outcome!: Receipt;
}

export class RefundDto implements RefundView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @ApiProperty({ format: 'uuid' })
  orderId!: string;
  /** @example "stripe" */
  provider!: string;
  /** `pending` is at work at the provider; only `succeeded` has sent the money. */
  @ApiProperty({ enum: REFUND_STATUSES, example: 'succeeded' })
  status!: RefundStatus;
  amount!: MoneyDto;
  /** The provider's own id of the refund; null until the provider has given it. */
  @ApiProperty({ type: 'string', nullable: true, example: 're_3Nskqz' })
  reference!: string | null;
  /** Why the refund failed. */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  failure!: string | null;
  /** Begun at the provider, by its dashboard for example. */
  atProvider!: boolean;
  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  sentAt!: string | null;
}

export class RefundListDto {
  items!: RefundDto[];
  /** Pass it as `cursor` to get the next page; null on the last page. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class RefundFilterDto extends PageDto {
  @Optional()
  @IsIn(REFUND_STATUSES)
  @ApiProperty({ enum: REFUND_STATUSES, required: false })
  status?: RefundStatus;

  @Optional()
  @IsId()
  @ApiProperty({ format: 'uuid', required: false })
  orderId?: string;
}
