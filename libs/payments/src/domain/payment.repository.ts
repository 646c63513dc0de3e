import type { Payment } from './payment';

/** Payments of the open unit of work; every one of them is locked until it ends. */
export abstract class PaymentRepository {
  abstract add(payment: Payment): void;
  /** Throws PaymentNotFound. */
  abstract lock(id: string): Promise<Payment>;
  /** Where there is none yet, whoever asks next waits until this unit has ended: two never open one payment. */
  abstract lockOf(orderId: string): Promise<Payment | undefined>;
  abstract lockByAttempt(attemptId: string): Promise<Payment | undefined>;
  abstract hasSeen(provider: string, eventId: string): Promise<boolean>;
  /**
   * Orders whose payment is undecided, or given up but not voided, and has had no news for so many milliseconds; but not
   * those that are still being offered around.
   */
  abstract ordersWithoutNews(patience: number, atMost: number): Promise<string[]>;
  /** Canceled orders that payments have not been told of for so long, as the event of it hangs. */
  abstract ordersCanceledUnheard(patience: number, atMost: number): Promise<string[]>;
}
