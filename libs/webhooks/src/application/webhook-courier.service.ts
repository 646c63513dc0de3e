import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@holdfast/shared-kernel';
import {
  Announcements,
  CLOUD_EVENT_TYPE,
  cloudEventOf,
  EventLoop,
  isPublished,
  log,
  OutboxSignal,
  requestContext,
  Settings,
  UnitOfWork,
} from '@holdfast/platform';
import { WebhooksSettings } from '../webhooks.settings';
import { type Attempt, DeliveryRepository, type Outcome } from '../domain/delivery';
import { EndpointRepository } from '../domain/endpoint.repository';
import { isGone, outcomeOf, outcomeOfFailure } from '../domain/retrying';
import { signedHeaders } from '../domain/standard-webhooks';
import { WebhookClient } from '../domain/webhook-client';
import { SecretBox } from './secret-box';

const BATCH = 500;
/** In hand of one worker at a time for one endpoint. Each endpoint has hands of its own, so none waits for a slow one. */
const PER_ENDPOINT = 4;
/** Beyond the longest attempt: what is still claimed then belongs to a worker that is gone. */
const LEASE_MARGIN_MS = 15_000;

/**
 * Brings events to the endpoints that want them: at least once, and for each endpoint in the order of their aggregates.
 * It reads the log on its own, beside the relay, so it neither waits for handlers nor keeps them waiting. An attempt that
 * fails is repeated as the outbox repeats; after the last the delivery is dead, can be redelivered, and lets later events go.
 *
 * No transaction is open while a subscriber is called.
 */
@Injectable()
export class WebhookCourier {
  private readonly loop: EventLoop;
  private readonly inHand = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly announcements: Announcements,
    private readonly endpoints: EndpointRepository,
    private readonly deliveries: DeliveryRepository,
    private readonly client: WebhookClient,
    private readonly secrets: SecretBox,
    private readonly settings: Settings,
    private readonly webhooks: WebhooksSettings,
    private readonly clock: Clock,
    signal: OutboxSignal,
  ) {
    this.loop = new EventLoop('delivering webhooks', signal, settings, () => this.round());
  }

  start(): void {
    this.loop.start();
  }

  /** Lets the attempts in hand end; begins no more. */
  async finish(): Promise<void> {
    await this.loop.finish();
    await Promise.all(this.underWay);
  }

  /** Forgets deliveries of events that the log has forgotten; returns how many. */
  sweep(): Promise<number> {
    return this.deliveries.sweep(this.settings.EVENT_RETENTION);
  }

  private async round(): Promise<boolean> {
    const announced = await this.announce();
    const attempts = await this.deliveries.claim({
      perEndpoint: PER_ENDPOINT,
      inHand: this.inHand,
      attempts: this.settings.OUTBOX_RETRY_DELAYS.length + 1,
      lease: this.webhooks.WEBHOOK_TIMEOUT + LEASE_MARGIN_MS,
    });
    attempts.forEach((attempt) => this.takeUp(attempt));
    return announced === BATCH || attempts.length > 0;
  }

  /** Turns new events into deliveries: one unit, so none is missed and none is made twice. */
  @UnitOfWork()
  private async announce(): Promise<number> {
    const events = await this.announcements.take(BATCH);
    const announced = events.filter(isPublished).map((event) => ({
      eventId: event.id,
      eventType: event.type,
      aggregateId: event.aggregate_id,
      sequence: event.sequence,
      body: JSON.stringify(cloudEventOf(event)),
      requestId: event.request_id,
      traceparent: event.traceparent,
    }));
    if (announced.length) await this.deliveries.announce(announced);
    return events.length;
  }

  private takeUp(attempt: Attempt): void {
    const { endpointId, requestId, traceparent } = attempt;
    this.inHand.set(endpointId, (this.inHand.get(endpointId) ?? 0) + 1);
    const context = { requestId: requestId ?? newId(), traceparent: traceparent ?? undefined };
    const delivery = requestContext
      .run(context, () => this.deliver(attempt))
      .finally(() => {
        const left = this.inHand.get(endpointId)! - 1;
        if (left) this.inHand.set(endpointId, left);
        else this.inHand.delete(endpointId);
        this.underWay.delete(delivery);
        this.loop.wake();
      });
    this.underWay.add(delivery);
  }

  /** Never rejects. Without the database nothing can be noted; the claim lapses, and the event is sent again. */
  private async deliver(attempt: Attempt): Promise<void> {
    try {
      const outcome = await this.send(attempt);
      // First, or what waited for this one would be sent to an endpoint that is gone.
      if (isGone(outcome)) await this.disable(attempt.endpointId);
      await this.deliveries.settle(attempt, outcome);
      const { endpointId, eventId, attempts } = attempt;
      if (outcome.status !== 'sent') log.warn({ endpointId, eventId, attempts, ...outcome }, 'a webhook was not taken');
    } catch (error) {
      log.warn({ err: error, eventId: attempt.eventId }, 'the attempt of a webhook could not be noted');
    }
  }

  private async send({ endpointId, url, secrets, eventId, body, attempts }: Attempt): Promise<Outcome> {
    const scheduled = this.settings.OUTBOX_RETRY_DELAYS.at(attempts - 1);
    const delay = scheduled === undefined ? undefined : scheduled + Math.random() * Math.min(scheduled, 1_000);
    const now = this.clock.now();
    try {
      const opened = secrets.map((secret) => this.secrets.open(endpointId, secret));
      const headers = {
        'content-type': CLOUD_EVENT_TYPE,
        'user-agent': 'Holdfast',
        ...signedHeaders(opened, eventId, now, body),
      };
      return outcomeOf(await this.client.post(url, headers, body), delay, now);
    } catch (error) {
      return outcomeOfFailure(error, delay);
    }
  }

  @UnitOfWork()
  private async disable(endpointId: string): Promise<void> {
    const endpoint = await this.endpoints.lock(endpointId);
    endpoint.disable('it answered 410 Gone', this.clock.now());
    await this.deliveries.bury(endpointId, 'the endpoint answered 410 Gone');
  }
}
