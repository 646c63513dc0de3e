import type { Session } from './session';

/** Sessions of the open unit of work; every one of them is locked until it ends. */
export abstract class SessionRepository {
  abstract add(session: Session): void;
  abstract lock(id: string): Promise<Session | undefined>;
  /** Those not ended. Complete only while the customer is locked: that is what opening another waits for. */
  abstract lockAllOf(customerId: string): Promise<Session[]>;
  /** Deletes at most so many that have expired, but none that somebody is working on; returns how many. */
  abstract removeExpired(atMost: number): Promise<number>;
}
