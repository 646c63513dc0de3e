import type { Customer } from './customer';

/** Customers of the open unit of work; every one of them is locked until it ends. Before sessions in the lock order. */
export abstract class CustomerRepository {
  abstract add(customer: Customer): void;
  /** Throws CustomerNotFound, for a closed one too. */
  abstract lock(id: string): Promise<Customer>;
  /** Undefined for one who may not log in: unknown, disabled or closed. */
  abstract lockActive(id: string): Promise<Customer | undefined>;
  /** With all active admins, in one query: what a transition needs that must leave one. Throws CustomerNotFound. */
  abstract lockAmongAdmins(id: string): Promise<{ customer: Customer; admins: Customer[] }>;
}
