import type { ApiKey } from './api-key';
import type { Customer } from './customer';
import type { Session } from './session';

/** Customers of the open unit of work, locked until it ends. In the lock order, customers come before sessions. */
export abstract class CustomerRepository {
  abstract add(customer: Customer): void;
  /** Throws CustomerNotFound, also for a closed account. */
  abstract lock(id: string): Promise<Customer>;
  /** Undefined when the customer may not log in: unknown, disabled or closed. */
  abstract lockActive(id: string): Promise<Customer | undefined>;
  /** Locks the customer and all active admins in one query, so that one admin is left. Throws CustomerNotFound. */
  abstract lockAmongAdmins(id: string): Promise<{ customer: Customer; admins: Customer[] }>;
  /** The usernames of all admins, not locked. */
  abstract adminNames(): Promise<{ id: string; username: string }[]>;
  /** Whether another customer has this address, in any casing. */
  abstract isEmailTaken(email: string, exceptId: string): Promise<boolean>;
  /** Keeps the address that an account had before `version`, for the notice of that change. */
  abstract keepFormerEmail(id: string, version: number, email: string): Promise<void>;
  /** Deletes the former addresses of an account that closes. */
  abstract forgetFormerEmails(id: string): Promise<void>;
  /** Deletes former addresses kept for longer than `keptFor` milliseconds, at most `atMost`; returns how many. */
  abstract removeFormerEmails(keptFor: number, atMost: number): Promise<number>;
}

/** Sessions of the open unit of work, locked until it ends. */
export abstract class SessionRepository {
  abstract add(session: Session): void;
  abstract lock(id: string): Promise<Session | undefined>;
  /** The open sessions of a customer. Lock the customer first: new sessions wait for that lock. */
  abstract lockAllOf(customerId: string): Promise<Session[]>;
  /** Deletes at most `atMost` expired sessions, skipping locked ones; returns how many. */
  abstract removeExpired(atMost: number): Promise<number>;
}

/** API keys of the open unit of work. */
export abstract class ApiKeyRepository {
  abstract add(key: ApiKey): void;
  /** Throws ApiKeyNotFound. */
  abstract lock(id: string): Promise<ApiKey>;
  /** Records the time of use, at most once a minute: a busy key would otherwise write its row with every request. */
  abstract recordUse(id: string): Promise<void>;
}
