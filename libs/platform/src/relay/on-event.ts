import { SetMetadata } from '@nestjs/common';

export const ON_EVENT = 'on-event';

export interface EventMeta {
  /** The same at every delivery. */
  id: string;
  occurredAt: Date;
  /** True when the event is dead if this attempt fails. The attempt is repeated if its worker ends in it. */
  isLastTry: boolean;
}

export interface Subscription {
  type: string;
  outside: boolean;
}

/**
 * Subscribes a method `(event, meta)` of a provider to an event. The worker's relay calls it at least once.
 *
 * By default the method runs in one unit of work with the note that it has run: its effect happens exactly once. With
 * `outside` it runs without a unit and may call other systems. It must be idempotent then, for instance by the event's
 * id.
 */
export const OnEvent = (type: string, { outside = false } = {}) =>
  SetMetadata<string, Subscription>(ON_EVENT, { type, outside });
