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
/** Attempts that one worker has in progress for one endpoint. A slow endpoint so delays no other. */
const PER_ENDPOINT = 4;
/** The lease exceeds the longest attempt by this much; a claim that expires belongs to a worker that has died. */
const LEASE_MARGIN_MS = 15_000;

/**
 * Delivers events to the endpoints that subscribe to them, at least once, in order within an aggregate.
 * It reads the event log beside the relay, so that subscribers and event handlers never wait for each other. A failed
 * attempt is retried after the outbox's delays. After the last attempt the delivery is dead: it may be redelivered, and
 * blocks no later event.
 *
 * No transaction is open during a call.
 */
@Injectable()
export class WebhookCourier {
  private readonly loop: EventLoop;
  private readonly inProgress = new Map<string, number>();
  private readonly underWay = new Set<Promise<void>>();
  private isStopping = false;

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

  /** Begins no more attempts, and resolves when those in progress have ended. */
  async finish(): Promise<void> {
    this.isStopping = true;
    await this.loop.finish();
    await Promise.all(this.underWay);
  }

  /** Removes deliveries of events that are older than the event log keeps; returns their number. */
  sweep(): Promise<number> {
    return this.deliveries.sweep(this.settings.EVENT_RETENTION);
  }

  private async round(): Promise<boolean> {
    const taken = await this.addDeliveries();
    // A stop may have come meanwhile; an attempt that began now would be one too many.
    if (this.isStopping) return false;
    const attempts = await this.deliveries.claim({
      perEndpoint: PER_ENDPOINT,
      inProgress: this.inProgress,
      attempts: this.settings.OUTBOX_RETRY_DELAYS.length + 1,
      lease: this.webhooks.WEBHOOK_TIMEOUT + LEASE_MARGIN_MS,
    });
    attempts.forEach((attempt) => this.startAttempt(attempt));
    return taken === BATCH || attempts.length > 0;
  }

  /** Turns new events into deliveries, in one unit of work, so that none is missed or added twice. */
  @UnitOfWork()
  private async addDeliveries(): Promise<number> {
    const events = await this.announcements.take(BATCH);
    const published = events.filter(isPublished).map((event) => ({
      eventId: event.id,
      eventType: event.type,
      aggregateId: event.aggregate_id,
      sequence: event.sequence,
      body: JSON.stringify(cloudEventOf(event)),
      requestId: event.request_id,
      traceparent: event.traceparent,
    }));
    if (published.length) await this.deliveries.add(published);
    return events.length;
  }

  private startAttempt(attempt: Attempt): void {
    const { endpointId, requestId, traceparent } = attempt;
    this.inProgress.set(endpointId, (this.inProgress.get(endpointId) ?? 0) + 1);
    const context = { requestId: requestId ?? newId(), traceparent: traceparent ?? undefined };
    const delivery = requestContext
      .run(context, () => this.deliver(attempt))
      .finally(() => {
        const left = this.inProgress.get(endpointId)! - 1;
        if (left) this.inProgress.set(endpointId, left);
        else this.inProgress.delete(endpointId);
        this.underWay.delete(delivery);
        this.loop.wake();
      });
    this.underWay.add(delivery);
  }

  /** Never rejects. When the outcome cannot be stored, the claim expires and the event is sent again. */
  private async deliver(attempt: Attempt): Promise<void> {
    try {
      const outcome = await this.send(attempt);
      // Disabled before the outcome is stored, so that the next event of the aggregate is not sent.
      if (isGone(outcome)) await this.disable(attempt.endpointId);
      await this.deliveries.settle(attempt, outcome);
      const { endpointId, eventId, attempts } = attempt;
      if (outcome.status !== 'sent')
        log.warn({ endpointId, eventId, attempts, ...outcome }, 'a webhook was not accepted');
    } catch (error) {
      log.warn({ err: error, eventId: attempt.eventId }, 'the outcome of a webhook could not be stored');
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
    await this.deliveries.killPending(endpointId, 'the endpoint answered 410 Gone');
  }
}
