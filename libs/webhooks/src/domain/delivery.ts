/** The delivery of an event to one endpoint: pending → sent or dead, and pending again when it is redelivered. */
export type DeliveryStatus = 'pending' | 'sent' | 'dead';
export const DELIVERY_STATUSES: DeliveryStatus[] = ['pending', 'sent', 'dead'];

/** A new event, to be delivered to each endpoint that subscribes to it. */
export interface NewEvent {
  eventId: string;
  eventType: string;
  aggregateId: string;
  sequence: string;
  /** The text that each attempt signs and sends. */
  body: string;
  requestId: string | null;
  traceparent: string | null;
}

/** One call of an endpoint, claimed by a worker. */
export interface Attempt {
  endpointId: string;
  url: string;
  /** Encrypted; the secrets that sign now, the newest first. */
  secrets: string[];
  eventId: string;
  eventType: string;
  body: string;
  /** The number of attempts so far, this attempt included. */
  attempts: number;
  requestId: string | null;
  traceparent: string | null;
}

export type Outcome =
  | { status: 'sent'; responseStatus: number }
  | { status: 'pending'; delay: number; responseStatus?: number; error: string }
  | { status: 'dead'; responseStatus?: number; error: string };

/** The deliveries in their table. Due times compare on the database's clock. */
export abstract class DeliveryRepository {
  /** Adds a delivery for each active endpoint that subscribes to the event, in the open unit of work. */
  abstract add(events: NewEvent[]): Promise<void>;
  /**
   * Claims due deliveries: for each endpoint at most `perEndpoint` less its attempts in progress, and none while an
   * earlier event of the same aggregate is pending there. A claim expires after `lease` milliseconds.
   */
  abstract claim(limits: {
    perEndpoint: number;
    inProgress: ReadonlyMap<string, number>;
    attempts: number;
    lease: number;
  }): Promise<Attempt[]>;
  /** Changes nothing once a later attempt has begun. A delivery that has died meanwhile is not retried. */
  abstract settle(attempt: Attempt, outcome: Outcome): Promise<void>;
  /** Ends all pending deliveries of an endpoint as dead, in the open unit of work. */
  abstract killPending(endpointId: string, because: string): Promise<void>;
  /** Removes deliveries that are not pending, of events older than `age` milliseconds; returns their number. */
  abstract sweep(age: number): Promise<number>;
  /**
   * Makes a delivery pending and due now, with all its attempts, in the open unit of work. Throws DeliveryNotFound,
   * DeliveryPending.
   */
  abstract redeliver(endpointId: string, eventId: string): Promise<void>;
}
