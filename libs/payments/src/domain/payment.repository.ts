import type { Payment } from './payment';

/** How long payments may take, in milliseconds. */
export interface Deadlines {
  /** From one inquiry to the next, as long as the payment's backoff is 0. */
  inquireAfter: number;
  /** From the moment a provider has the payment. */
  toPay: number;
  /** From the moment a worker began with the payment to the moment a provider has it. */
  toStart: number;
}

/** Payments of the open unit of work. Each is locked until the unit ends. */
export abstract class PaymentRepository {
  abstract add(payment: Payment): void;
  /** Throws PaymentNotFound. */
  abstract lock(id: string): Promise<Payment>;
  /** Where the order has no payment yet, the next caller waits until this unit ends: an order never gets two. */
  abstract lockOf(orderId: string): Promise<Payment | undefined>;
  abstract lockByAttempt(attemptId: string): Promise<Payment | undefined>;
  abstract lockByReference(provider: string, reference: string): Promise<Payment | undefined>;
  /** Throws RefundNotFound. */
  abstract lockByRefund(refundId: string): Promise<Payment>;
  abstract hasSeen(provider: string, eventId: string): Promise<boolean>;
  /**
   * Finds the orders whose provider still owes a charge, a void or a refund and whose inquiry is due, or whose time is
   * over; the longest unasked first.
   */
  abstract findDue(deadlines: Deadlines, atMost: number): Promise<string[]>;
  /** Finds those of these orders that have no payment. */
  abstract findUnopened(orderIds: readonly string[]): Promise<string[]>;
  /** Finds those of these orders whose payment may still charge the customer, or keeps money of theirs. */
  abstract findUnended(orderIds: readonly string[]): Promise<string[]>;
}
