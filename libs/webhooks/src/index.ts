// Owns: the endpoints of subscribers, their secrets, and the log of deliveries (schema `webhooks`).
// Exposes: WebhookCourier for the worker; WebhookEndpoints for tests.
// Emits: nothing.
// Reacts to: every event; it reads the event log itself, so that no handler waits for a subscriber.
// Promises: each event is delivered at least once, signed, in order within its aggregate, never to a private address.
import { Webhooks1700000000021 } from './infrastructure/1700000000021-webhooks.migration';
import { webhookSchemas } from './infrastructure/endpoint.schema';

export { WebhookCourier } from './application/webhook-courier.service';
export { WebhookEndpoints } from './application/webhook-endpoints.service';
export { WebhooksApiModule, WebhooksModule } from './webhooks.module';
export const webhooksPersistence = { entities: webhookSchemas, migrations: [Webhooks1700000000021] };
