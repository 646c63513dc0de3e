import { Injectable } from '@nestjs/common';
import { Clock, newId, withValues } from '@holdfast/shared-kernel';
import { OutboxSignal, scopesToRead, UnitOfWork } from '@holdfast/platform';
import { DeliveryRepository } from '../domain/delivery';
import { Endpoint, type EndpointDetails } from '../domain/endpoint';
import { EndpointRepository } from '../domain/endpoint.repository';
import { newSecret } from '../domain/standard-webhooks';
import { WebhookClient } from '../domain/webhook-client';
import { EndpointDisabled, EventsNotReadable } from '../domain/webhooks.errors';
import { SecretBox } from './secret-box';
import { endpointView, type EndpointView } from './webhook.queries';

export interface RegisterEndpoint {
  url: string;
  description?: string;
  eventTypes?: string[];
}

export interface ChangeEndpoint extends Partial<RegisterEndpoint> {
  active?: boolean;
}

/** The scopes of the API key that calls; undefined for a person, who may read all events. */
type Scopes = readonly string[] | undefined;

/** The secret is shown when it is made, and never again. */
export interface EndpointWithSecret extends EndpointView {
  secret: string;
}

/** Manages the endpoints of subscribers. Host names are looked up before a unit of work begins. */
@Injectable()
export class WebhookEndpoints {
  constructor(
    private readonly endpoints: EndpointRepository,
    private readonly deliveries: DeliveryRepository,
    private readonly client: WebhookClient,
    private readonly secrets: SecretBox,
    private readonly signal: OutboxSignal,
    private readonly clock: Clock,
  ) {}

  /** Throws EventsNotReadable, UrlRefused. */
  async register(
    { url, description = '', eventTypes = [] }: RegisterEndpoint,
    scopes?: Scopes,
  ): Promise<EndpointWithSecret> {
    ensureReadable(eventTypes, scopes);
    await this.client.ensureCallable(url);
    return this.add({ url, description: description || null, eventTypes: [...new Set(eventTypes)] });
  }

  /** Throws EndpointNotFound, EventsNotReadable, UrlRefused. */
  async change(id: string, command: ChangeEndpoint, scopes?: Scopes): Promise<EndpointView> {
    const { active, description, ...details } = withValues(command);
    if (details.url !== undefined) await this.client.ensureCallable(details.url);
    const changes = { ...details, ...(description !== undefined && { description: description || null }) };
    return this.apply(id, changes, active, scopes);
  }

  /** Makes a new secret; the old one signs beside it for a day. Throws EndpointNotFound. */
  @UnitOfWork()
  async rotateSecret(id: string): Promise<EndpointWithSecret> {
    const endpoint = await this.endpoints.lock(id);
    const secret = newSecret();
    endpoint.rotateSecret(this.secrets.seal(id, secret), this.clock.now());
    return { ...endpointView(endpoint), secret };
  }

  /** Removes the endpoint with its delivery log. Throws EndpointNotFound. */
  @UnitOfWork()
  async remove(id: string): Promise<void> {
    await this.endpoints.remove(id);
  }

  /**
   * Sends an event again under its id. Throws EndpointNotFound, EndpointDisabled, DeliveryNotFound,
   * DeliveryPending.
   */
  async redeliver(id: string, eventId: string): Promise<void> {
    await this.makePending(id, eventId);
    this.signal.notify();
  }

  @UnitOfWork()
  private async add(details: EndpointDetails): Promise<EndpointWithSecret> {
    const id = newId();
    const secret = newSecret();
    const endpoint = Endpoint.register(id, details, this.secrets.seal(id, secret), this.clock.now());
    this.endpoints.add(endpoint);
    return { ...endpointView(endpoint), secret };
  }

  @UnitOfWork()
  private async apply(
    id: string,
    details: Partial<EndpointDetails>,
    active: boolean | undefined,
    scopes: Scopes,
  ): Promise<EndpointView> {
    const endpoint = await this.endpoints.lock(id);
    const now = this.clock.now();
    // A new URL or a reactivation sends the endpoint's events as much as a new subscription does.
    const sendsMore = details.url !== undefined || details.eventTypes !== undefined || active === true;
    if (sendsMore) ensureReadable(details.eventTypes ?? endpoint.eventTypes, scopes);
    if (Object.keys(details).length) endpoint.change(details, now);
    if (active === true) endpoint.enable(now);
    if (active === false) {
      endpoint.disable('by an admin', now);
      await this.deliveries.killPending(id, 'the endpoint was disabled');
    }
    return endpointView(endpoint);
  }

  @UnitOfWork()
  private async makePending(id: string, eventId: string): Promise<void> {
    const endpoint = await this.endpoints.lock(id);
    if (!endpoint.active) throw new EndpointDisabled();
    await this.deliveries.redeliver(id, eventId);
  }
}

function ensureReadable(eventTypes: readonly string[], scopes: Scopes): void {
  const missing = scopes && scopesToRead(eventTypes).filter((scope) => !scopes.includes(scope));
  if (missing?.length) throw new EventsNotReadable(missing);
}
