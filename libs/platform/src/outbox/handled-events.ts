import type { Statement } from '../persistence';

/** An event and the name of the handler that it was delivered to. */
export interface Handling {
  eventId: string;
  handler: string;
}

/** The event was handled by another delivery at the same time, whose effect stands. */
export class HandledAlready extends Error {}

const columns = (handlings: readonly Handling[]): [string[], string[]] => [
  handlings.map(({ eventId }) => eventId),
  handlings.map(({ handler }) => handler),
];

/** Whether each of them is noted. */
export async function findHandled(handlings: readonly Handling[], statement: Statement): Promise<boolean[]> {
  const { rows } = await statement<Handling>(
    `SELECT h.event_id AS "eventId", h.handler FROM unnest($1::uuid[], $2::text[]) AS asked (event_id, handler)
     JOIN platform.handled_events h USING (event_id, handler)`,
    columns(handlings),
  );
  const nameOf = ({ eventId, handler }: Handling) => `${eventId} ${handler}`;
  const noted = new Set(rows.map(nameOf));
  return handlings.map((each) => noted.has(nameOf(each)));
}

/**
 * Notes that the events were handled, in the transaction of the effect: a second delivery at the same time waits for
 * it here. Throws {@link HandledAlready} when one of them is noted by then.
 */
export async function noteHandled(handlings: readonly Handling[], statement: Statement): Promise<void> {
  if (!handlings.length) return;
  const { affected } = await statement(
    `INSERT INTO platform.handled_events (event_id, handler)
     SELECT event_id, handler FROM unnest($1::uuid[], $2::text[]) AS d (event_id, handler) ORDER BY event_id
     ON CONFLICT DO NOTHING`,
    columns(handlings),
  );
  if (affected !== handlings.length) throw new HandledAlready();
}
