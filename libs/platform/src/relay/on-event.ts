import { SetMetadata } from '@nestjs/common';

export const ON_EVENT = 'on-event';

export interface EventMeta {
  /** The same at every delivery. */
  id: string;
  occurredAt: Date;
  /** If this one fails, the event is dead. One whose worker ends in it is made again. */
  isLastTry: boolean;
}

export interface Subscription {
  type: string;
  outside: boolean;
}

/**
 * Subscribes a method `(event, meta)` of a provider to a published event. The worker's relay calls it at least once.
 *
 * By default it runs in one unit of work together with the note that it has: its effect happens exactly once. With
 * `outside` it runs without a unit, to call the world: it must be idempotent itself, by the event's id or better.
 */
export const OnEvent = (type: string, { outside = false } = {}) =>
  SetMetadata<string, Subscription>(ON_EVENT, { type, outside });
