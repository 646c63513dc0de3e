import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiAnswerHeaders, ApiGroup, AdminOnly, ApiProblems, IdParam, OpenToKeys, PageDto } from '@holdfast/http';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import { InvalidCursor } from '@holdfast/platform';
import type { FastifyReply } from 'fastify';
import { WebhookQueries } from '../application/webhook.queries';
import { WebhookEndpoints } from '../application/webhook-endpoints.service';
import {
  DeliveryNotFound,
  DeliveryPending,
  EndpointDisabled,
  EndpointNotFound,
  EventsNotReadable,
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
const NOT_READABLE = new EventsNotReadable(['orders:read']);

@ApiGroup('Webhook endpoints', 'Admins have events delivered to the URLs of subscribers.')
@Controller('v1/admin/webhook-endpoints')
export class WebhookEndpointsController {
  constructor(
    private readonly endpoints: WebhookEndpoints,
    private readonly queries: WebhookQueries,
  ) {}

  /**
   * Register a webhook endpoint.
   * @remarks Events are delivered to the URL from now on, signed by Standard Webhooks 1.0. Keep the `secret` of
   * the answer: it is not shown again. An API key needs the scope `orders:read` as well for events of `ordering` and
   * `payments`; without `eventTypes` the endpoint gets these too.
   */
  @Post()
  @ApiAnswerHeaders('Location')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(NOT_PUBLIC, NOT_READABLE)
  async createWebhookEndpoint(
    @Body() body: RegisterEndpointDto,
    @LoggedIn() { scopes }: CurrentCustomer,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EndpointWithSecretDto> {
    const endpoint = await this.endpoints.register(body, scopes);
    void reply.header('location', `/v1/admin/webhook-endpoints/${endpoint.id}`);
    return endpoint;
  }

  /**
   * List webhook endpoints.
   * @remarks Newest first.
   */
  @Get()
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(new InvalidCursor())
  listWebhookEndpoints(@Query() page: PageDto): Promise<EndpointListDto> {
    return this.queries.endpoints(page);
  }

  /** Get a webhook endpoint. */
  @Get(':id')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(new EndpointNotFound())
  getWebhookEndpoint(@Param('id', IdParam) id: string): Promise<EndpointDto> {
    return this.queries.endpoint(id);
  }

  /**
   * Change, disable or enable a webhook endpoint.
   * @remarks `active: false` ends its pending deliveries; a disabled endpoint gets no events, then or later. An API key
   * needs the scope `orders:read` as well to change the URL or the events of an endpoint that gets events of `ordering`
   * or `payments`, and to enable it.
   */
  @Patch(':id')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @ApiProblems(new EndpointNotFound(), NOT_PUBLIC, NOT_READABLE)
  updateWebhookEndpoint(
    @Param('id', IdParam) id: string,
    @Body() body: ChangeEndpointDto,
    @LoggedIn() { scopes }: CurrentCustomer,
  ): Promise<EndpointDto> {
    return this.endpoints.change(id, body, scopes);
  }

  /**
   * Remove a webhook endpoint.
   * @remarks Its delivery log is removed with it.
   */
  @Delete(':id')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @HttpCode(204)
  @ApiProblems(new EndpointNotFound())
  deleteWebhookEndpoint(@Param('id', IdParam) id: string): Promise<void> {
    return this.endpoints.remove(id);
  }

  /**
   * Rotate the secret of a webhook endpoint.
   * @remarks The new secret is shown in this answer only. For 24 hours the old secret signs as well.
   */
  @Post(':id/rotate-secret')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @HttpCode(200)
  @ApiProblems(new EndpointNotFound())
  rotateWebhookSecret(@Param('id', IdParam) id: string): Promise<EndpointWithSecretDto> {
    return this.endpoints.rotateSecret(id);
  }

  /**
   * List the deliveries to a webhook endpoint.
   * @remarks Newest event first, each with the answer to its last attempt.
   */
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

  /**
   * Deliver an event again.
   * @remarks The event is sent at once under its id, with all its retries. Only deliveries that are sent or dead can be
   * repeated.
   */
  @Post(':id/deliveries/:eventId/redeliver')
  @AdminOnly()
  @OpenToKeys('webhooks:manage')
  @HttpCode(202)
  @ApiProblems(new EndpointNotFound(), new DeliveryNotFound(), new EndpointDisabled(), new DeliveryPending())
  redeliverWebhook(@Param('id', IdParam) id: string, @Param('eventId', IdParam) eventId: string): Promise<void> {
    return this.endpoints.redeliver(id, eventId);
  }
}
