import { Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { ApiGroup, ApiProblems, Public, RateLimit, RawBody, NOT_COUNTED } from '@holdfast/http';
import { problems } from '@holdfast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PaymentWebhooks, WebhookSignatureInvalid } from '../application/payment-webhooks.service';
import { PaymentNotFound, PaymentProviderUnknown } from '../domain/payments.errors';
import { WebhookDto, WebhookReceiptDto } from './webhook.dto';

@ApiGroup('Webhooks', 'For payment providers.')
@Controller('v1/webhooks/payments')
export class PaymentWebhooksController {
  constructor(private readonly webhooks: PaymentWebhooks) {}

  /**
   * News from a payment provider.
   *
   * Signed by `HMAC-SHA256(secret, "<t>.<body>")` over the body as it is sent, byte for byte; `t` is the time in seconds,
   * at most 300 away from ours. Any `v1` may be of any of our secrets. 202: the amount is not the one that was asked;
   * noted, but nothing is paid.
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
    problems.malformedBody(''),
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
