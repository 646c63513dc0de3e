import { Module } from '@nestjs/common';
import { WebhookEndpointsController } from './api/webhook-endpoints.controller';
import { SecretBox } from './application/secret-box';
import { WebhookQueries } from './application/webhook.queries';
import { WebhookCourier } from './application/webhook-courier.service';
import { WebhookEndpoints } from './application/webhook-endpoints.service';
import { DeliveryRepository } from './domain/delivery';
import { EndpointRepository } from './domain/endpoint.repository';
import { WebhookClient } from './domain/webhook-client';
import { HttpWebhookClient } from './infrastructure/http-webhook-client';
import { OrmEndpointRepository } from './infrastructure/orm-endpoint.repository';
import { SqlDeliveryRepository } from './infrastructure/sql-delivery.repository';
import { WebhooksSettings } from './webhooks.settings';

const services = [WebhookEndpoints, WebhookCourier, WebhookQueries];

@Module({
  providers: [
    WebhooksSettings,
    ...services,
    SecretBox,
    { provide: EndpointRepository, useClass: OrmEndpointRepository },
    { provide: DeliveryRepository, useClass: SqlDeliveryRepository },
    { provide: WebhookClient, useClass: HttpWebhookClient },
  ],
  exports: services,
})
export class WebhooksModule {}

@Module({ imports: [WebhooksModule], controllers: [WebhookEndpointsController] })
export class WebhooksApiModule {}
