/** An event on its way to one endpoint: pending → sent or dead, and pending again when it is redelivered. */
export type DeliveryStatus = 'pending' | 'sent' | 'dead';
export const DELIVERY_STATUSES: DeliveryStatus[] = ['pending', 'sent', 'dead'];

export interface Announced {
  eventId: string;
  eventType: string;
  aggregateId: string;
  sequence: string;
  /** As it is signed and sent, every time. */
  body: string;
  requestId: string | null;
  traceparent: string | null;
}

/** An attempt in hand. */
export interface Attempt {
  endpointId: string;
  url: string;
  /** Sealed; those that sign now, the newest first. */
  secrets: string[];
  eventId: string;
  eventType: string;
  body: string;
  /** This one included. */
  attempts: number;
  requestId: string | null;
  traceparent: string | null;
}

export type Outcome =
  | { status: 'sent'; responseStatus: number }
  | { status: 'pending'; delay: number; responseStatus?: number; error: string }
  | { status: 'dead'; responseStatus?: number; error: string };

/** Deliveries in their table. Times are the database's. */
export abstract class DeliveryRepository {
  /** One for each active endpoint that wants the event. In the open unit of work. */
  abstract announce(events: Announced[]): Promise<void>;
  /**
   * What is due, for each endpoint at most `perEndpoint` less what it has in hand already, and nothing while an earlier
   * event of the same aggregate is pending there. A claim lapses after `lease` milliseconds.
   */
  abstract claim(limits: {
    perEndpoint: number;
    inHand: ReadonlyMap<string, number>;
    attempts: number;
    lease: number;
  }): Promise<Attempt[]>;
  /** Changes nothing when the attempt is no longer the one in hand; one that was ended meanwhile is not tried again. */
  abstract settle(attempt: Attempt, outcome: Outcome): Promise<void>;
  /** All of an endpoint that are pending. In the open unit of work. */
  abstract bury(endpointId: string, because: string): Promise<void>;
  /** Removes those of events older than so many milliseconds that are no longer pending; returns how many. */
  abstract sweep(age: number): Promise<number>;
  /** All attempts anew, at once. In the open unit of work. Throws DeliveryNotFound, DeliveryPending. */
  abstract redeliver(endpointId: string, eventId: string): Promise<void>;
}
