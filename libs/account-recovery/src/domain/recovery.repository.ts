import type { Purpose, Recovery } from './recovery';

export interface MailRequest {
  purpose: Purpose;
  customerId: string;
  /** The client's address; undefined where an admin asks. */
  clientAddress?: string;
}

export interface MailLimits {
  perAccount: number;
  perClientAddress: number;
}

/** Requests of the open unit of work, locked until it ends. */
export abstract class RecoveryRepository {
  /** Counts the request against both limits of the last hour, exactly. False when one is reached: it does not count. */
  abstract admit(request: MailRequest, limits: MailLimits): Promise<boolean>;
  /** Adds a request in place of the customer's older one of the same purpose. */
  abstract replace(recovery: Recovery): Promise<void>;
  abstract lock(id: string): Promise<Recovery | undefined>;
  abstract remove(id: string): Promise<void>;
  /** Deletes expired requests, and counted ones older than an hour, at most `atMost` of each; returns how many. */
  abstract sweep(atMost: number): Promise<number>;
}
