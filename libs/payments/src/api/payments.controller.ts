import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { AdminOnly, ApiGroup, ApiProblems, IdParam, NOT_COUNTED, Public, RateLimit, RawBody } from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentRefunds } from '../application/payment-refunds.service';
import { PaymentWebhooks } from '../application/payment-webhooks.service';
import {
  PaymentNotCaptured,
  PaymentNotFound,
  PaymentProviderUnknown,
  RefundNotFailed,
  RefundNotFound,
  WebhookMalformed,
  WebhookSignatureInvalid,
} from '../domain/payments.errors';
import { RefundDto, RefundFilterDto, RefundListDto, WebhookDto, WebhookReceiptDto } from './payments.dto';

@ApiGroup('Webhooks', 'For payment providers.')
@Controller('v1/webhooks/payments')
export class PaymentWebhooksController {
  constructor(private readonly webhooks: PaymentWebhooks) {}

  /**
   * Receive an event of a payment provider
   *
   * The simulator signs in `Webhook-Signature` by `HMAC-SHA256(secret, "<t>.<body>")` over the raw body; `t` is the
   * Unix time in seconds, at most 300 away from ours. Any `v1` may match any active secret. Other providers sign as
   * they document it, Stripe in `Stripe-Signature`, PayPal in `PayPal-Transmission-Sig`. An event id that was received
   * before changes nothing. 202 means that the amount is not the expected one: the event is kept, but the order is not
   * paid. 409 asks for the event again later.
   */
  @Post(':provider')
  @Public()
  @RateLimit(NOT_COUNTED)
  @HttpCode(200)
  @RawBody()
  @ApiParam({ name: 'provider', enum: ['simulator', 'stripe', 'paypal'] })
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

@ApiGroup('Refunds', 'Refunds at payment providers, for admins.')
@Controller('v1/admin/refunds')
export class RefundsController {
  constructor(private readonly refunds: PaymentRefunds) {}

  /**
   * List refunds
   *
   * Newest first, those that were begun at the provider included. `status=failed` are those that need an admin.
   */
  @Get()
  @AdminOnly()
  @ApiProblems(new InvalidCursor())
  listRefunds(@Query() filter: RefundFilterDto): Promise<RefundListDto> {
    return this.refunds.list(filter);
  }

  /**
   * Retry a failed refund
   *
   * Requests the refund once more, as a new refund at the provider. Its outcome follows in the list.
   */
  @Post(':id/retry')
  @AdminOnly()
  @HttpCode(200)
  @ApiProblems(new RefundNotFound(), new RefundNotFailed('succeeded'))
  async retryRefund(@Param('id', IdParam) id: string): Promise<RefundDto> {
    await this.refunds.retry(id);
    return this.refunds.get(id);
  }
}
