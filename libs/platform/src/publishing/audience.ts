/** Who gets an event: nobody outside, or API keys with a scope. Persons and events without an audience are free. */
export type Audience = 'internal' | { scope: string };

const audiences = new Map<string, Audience>();

/** Declares who gets the events of a type (`ordering.order-placed`), or of a whole context (`ordering.*`). */
export const declareAudience = (events: string, audience: Audience): void => void audiences.set(events, audience);

/** True for an event that brokers and webhooks get. */
export const isPublished = ({ type }: { type: string }): boolean =>
  ![...audiences].some(([events, audience]) => audience === 'internal' && doOverlap(events, type));

/** The scopes that an API key needs to have these events delivered; an empty list stands for all events. */
export function scopesToRead(eventTypes: readonly string[]): string[] {
  const scopes = [...audiences].flatMap(([events, audience]) => {
    const isWanted = !eventTypes.length || eventTypes.some((wanted) => doOverlap(events, wanted));
    return isWanted && audience !== 'internal' ? [audience.scope] : [];
  });
  return [...new Set(scopes)];
}

const contextOf = (events: string): string => events.split('.')[0];

const doOverlap = (one: string, other: string): boolean =>
  one === other ||
  (contextOf(one) === contextOf(other) && [one, other].some((events) => events === `${contextOf(one)}.*`));
