import { Injectable } from '@nestjs/common';
import { Clock, newId, withValues } from '@holdfast/shared-kernel';
import { OutboxSignal, UnitOfWork } from '@holdfast/platform';
import { DeliveryRepository } from '../domain/delivery';
import { Endpoint, type EndpointDetails } from '../domain/endpoint';
import { EndpointRepository } from '../domain/endpoint.repository';
import { newSecret } from '../domain/standard-webhooks';
import { WebhookClient } from '../domain/webhook-client';
import { EndpointDisabled } from '../domain/webhooks.errors';
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

/** The secret is shown at this moment only. */
export interface EndpointWithSecret extends EndpointView {
  secret: string;
}

/** What admins do to the endpoints of subscribers. Names are looked up before the unit of work begins. */
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

  /** Throws UrlRefused. */
  async register({ url, description = '', eventTypes = [] }: RegisterEndpoint): Promise<EndpointWithSecret> {
    await this.client.check(url);
    return this.add({ url, description: description || null, eventTypes: [...new Set(eventTypes)] });
  }

  /** Throws EndpointNotFound, UrlRefused. */
  async change(id: string, command: ChangeEndpoint): Promise<EndpointView> {
    const { active, description, ...details } = withValues(command);
    if (details.url !== undefined) await this.client.check(details.url);
    return this.apply(
      id,
      { ...details, ...(description === undefined ? {} : { description: description || null }) },
      active,
    );
  }

  /** The old secret signs beside the new one for a day. Throws EndpointNotFound. */
  @UnitOfWork()
  async rotateSecret(id: string): Promise<EndpointWithSecret> {
    const endpoint = await this.endpoints.lock(id);
    const secret = newSecret();
    endpoint.rotateSecret(this.secrets.seal(id, secret), this.clock.now());
    return { ...endpointView(endpoint), secret };
  }

  /** With its delivery log. Throws EndpointNotFound. */
  @UnitOfWork()
  async remove(id: string): Promise<void> {
    await this.endpoints.remove(id);
  }

  /** Sends an event once more, under its own id. Throws EndpointNotFound, EndpointDisabled, DeliveryNotFound, DeliveryPending. */
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
  private async apply(id: string, details: Partial<EndpointDetails>, active?: boolean): Promise<EndpointView> {
    const endpoint = await this.endpoints.lock(id);
    const now = this.clock.now();
    if (Object.keys(details).length) endpoint.change(details, now);
    if (active === true) endpoint.enable(now);
    if (active === false) {
      endpoint.disable('by an admin', now);
      await this.deliveries.bury(id, 'the endpoint was disabled');
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
