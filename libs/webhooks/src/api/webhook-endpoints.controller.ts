import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiAnswerHeaders, ApiGroup, AdminOnly, ApiProblems, IdParam, OpenToKeys, PageDto } from '@holdfast/http';
import { InvalidCursor } from '@holdfast/platform';
import type { FastifyReply } from 'fastify';
import { WebhookQueries } from '../application/webhook.queries';
import { WebhookEndpoints } from '../application/webhook-endpoints.service';
import {
  DeliveryNotFound,
  DeliveryPending,
  EndpointDisabled,
  EndpointNotFound,
  UrlRefused,
} from '../domain/webhooks.errors';
import {
  ChangeEndpointDto,
  DeliveryFilterDto,
  DeliveryListDto,
  EndpointDto,
  EndpointListDto,
  EndpointWithSecretDto,
  RegisterEndpointDto,
} from './webhook-endpoint.dto';

const NOT_PUBLIC = new UrlRefused('leads to an address that is not public');

@ApiGroup('Webhook endpoints', 'As an admin, have events delivered to subscribers.')
@Controller('v1/admin/webhook-endpoints')
export class WebhookEndpointsController {
  constructor(
    private readonly endpoints: WebhookEndpoints,
    private readonly queries: WebhookQueries,
  ) {}

  /** Have events delivered to a URL. Keep the `secret` of the answer: it is not shown again. */
  @Post()
  @ApiAnswerHeaders('Location')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(NOT_PUBLIC)
  async createWebhookEndpoint(
    @Body() body: RegisterEndpointDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EndpointWithSecretDto> {
    const endpoint = await this.endpoints.register(body);
    void reply.header('location', `/v1/admin/webhook-endpoints/${endpoint.id}`);
    return endpoint;
  }

  /** All endpoints, newest first. */
  @Get()
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(new InvalidCursor())
  listWebhookEndpoints(@Query() page: PageDto): Promise<EndpointListDto> {
    return this.queries.endpoints(page);
  }

  /** One endpoint. */
  @Get(':id')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(new EndpointNotFound())
  getWebhookEndpoint(@Param('id', IdParam) id: string): Promise<EndpointDto> {
    return this.queries.endpoint(id);
  }

  /** Change an endpoint, disable it, or enable it again. */
  @Patch(':id')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(new EndpointNotFound(), NOT_PUBLIC)
  updateWebhookEndpoint(@Param('id', IdParam) id: string, @Body() body: ChangeEndpointDto): Promise<EndpointDto> {
    return this.endpoints.change(id, body);
  }

  /** Remove an endpoint and its delivery log. */
  @Delete(':id')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @HttpCode(204)
  @ApiProblems(new EndpointNotFound())
  deleteWebhookEndpoint(@Param('id', IdParam) id: string): Promise<void> {
    return this.endpoints.remove(id);
  }

  /** Make a new secret, shown now and never again. For 24 hours the old one signs too. */
  @Post(':id/rotate-secret')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @HttpCode(200)
  @ApiProblems(new EndpointNotFound())
  rotateWebhookSecret(@Param('id', IdParam) id: string): Promise<EndpointWithSecretDto> {
    return this.endpoints.rotateSecret(id);
  }

  /** What was sent to an endpoint, newest first, and how it was answered. */
  @Get(':id/deliveries')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(new EndpointNotFound(), new InvalidCursor())
  listWebhookDeliveries(
    @Param('id', IdParam) id: string,
    @Query() filter: DeliveryFilterDto,
  ): Promise<DeliveryListDto> {
    return this.queries.deliveries(id, filter);
  }

  /** Send an event once more, under its own id. */
  @Post(':id/deliveries/:eventId/redeliver')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @HttpCode(202)
  @ApiProblems(new EndpointNotFound(), new DeliveryNotFound(), new EndpointDisabled(), new DeliveryPending())
  redeliverWebhook(@Param('id', IdParam) id: string, @Param('eventId', IdParam) eventId: string): Promise<void> {
    return this.endpoints.redeliver(id, eventId);
  }
}
