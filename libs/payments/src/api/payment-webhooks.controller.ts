import { Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOkResponse, ApiParam, ApiProperty } from '@nestjs/swagger';
import { ApiGroup, ApiProblems, MoneyDto, NOT_COUNTED, Public, RateLimit, RawBody } from '@holdfast/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentWebhooks, type Receipt } from '../application/payment-webhooks.service';
import {
  PaymentNotCaptured,
  PaymentNotFound,
  PaymentProviderUnknown,
  WebhookMalformed,
  WebhookSignatureInvalid,
} from '../domain/payments.errors';

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

@ApiGroup('Webhooks', 'For payment providers.')
@Controller('v1/webhooks/payments')
export class PaymentWebhooksController {
  constructor(private readonly webhooks: PaymentWebhooks) {}

  /**
   * Receive an event of a payment provider
   *
   * The simulator signs in `Webhook-Signature` by `HMAC-SHA256(secret, "<t>.<body>")` over the raw body; `t` is the
   * Unix time in seconds, at most 300 away from ours. Any `v1` may match any active secret. Other providers sign as
   * they document it, Stripe in `Stripe-Signature`. An event id that was received before changes nothing. 202 means
   * that the amount is not the expected one: the event is kept, but the order is not paid. 409 asks for the event again
   * later.
   */
  @Post(':provider')
  @Public()
  @RateLimit(NOT_COUNTED)
  @HttpCode(200)
  @RawBody()
  @ApiParam({ name: 'provider', enum: ['simulator', 'stripe'] })
  @ApiHeader({
    name: 'Webhook-Signature',
    description: '`t=<unix time>,v1=<hex>[,v1=<hex>]`; Stripe signs in `Stripe-Signature`.',
    schema: { type: 'string', example: `t=1732147200,v1=${'0'.repeat(64)}` },
  })
  @ApiBody({ type: WebhookDto })
  @ApiOkResponse({ type: WebhookReceiptDto })
  @ApiAcceptedResponse({ type: WebhookReceiptDto })
  @ApiProblems(
    new WebhookSignatureInvalid(),
    new PaymentNotFound(),
    new PaymentProviderUnknown('acme'),
    new PaymentNotCaptured(),
    new WebhookMalformed('The body is not valid JSON.'),
  )
  async receivePaymentWebhook(
    @Param('provider') provider: string,
    @Req() { body = Buffer.alloc(0), headers }: FastifyRequest<{ Body?: Buffer }>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookReceiptDto> {
    const outcome = await this.webhooks.receive(provider, body, headers);
    if (outcome === 'amount-mismatch') void reply.status(202);
    return { outcome };
  }
}
