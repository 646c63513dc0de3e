import type { Alert, Message, Order, Report } from './message';

export abstract class MessageRepository {
  abstract add(message: Message): void;
  abstract lock(id: string): Promise<Message>;
  abstract isRecorded(eventId: string): Promise<boolean>;
  /** The order as its first message recorded it. Throws OrderNotKnown. */
  abstract getOrder(id: string): Promise<Order>;
}

/** What waits to be reported to those who run the shop, and when the last report of each kind was made. */
export abstract class ReportRepository {
  /** Keeps an alert for the next report, once for each event and kind. */
  abstract keep(eventId: string, alert: Alert): Promise<void>;
  /** Keeps all dead letters, but not the reports among them: a report about those would not arrive either. */
  abstract keepDeadLetters(): Promise<void>;
  /** Locks a kind of report. False when the last one is not `since` ago, and while another process makes one. */
  abstract isDue(kind: Report['occasion'], since: 'a minute' | 'a day'): Promise<boolean>;
  /** Takes all alerts that wait, oldest first: the message about this event reports them. */
  abstract take(eventId: string): Promise<Alert[]>;
  abstract noteReport(kind: Report['occasion']): Promise<void>;
}

/** The event arrived before `ordering.order-placed`; its retry succeeds after that one. */
export class OrderNotKnown extends Error {
  constructor(orderId: string) {
    super(`no message about the order ${orderId} is recorded yet`);
    this.name = 'OrderNotKnown';
  }
}
