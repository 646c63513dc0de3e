import { Injectable } from '@nestjs/common';
import { ProductQueries } from '@holdfast/catalog';
import { UnitOfWork } from '@holdfast/platform';
import { Clock, newId } from '@holdfast/shared-kernel';
import { NotificationsSettings } from '../notifications.settings';
import { type Alert, Message, type Report } from '../domain/message';
import { MessageRepository, ReportRepository } from '../domain/message.repository';

/** The alerts that a report names; it counts the others. */
const NAMED_ALERTS = 10;
const NAMED_PRODUCTS = 100;

const NO_ORDER = { orderId: null, customerId: null };

/**
 * Records the mails to OPERATIONS_EMAIL; without it, none. Each dead letter and each failed refund is in one of them.
 * A mail about them is recorded at most once a minute, and the list of products that are low on stock once a day, by
 * whichever worker comes first.
 */
@Injectable()
export class OperationsReports {
  private readonly isWanted: boolean;

  constructor(
    private readonly reports: ReportRepository,
    private readonly messages: MessageRepository,
    private readonly products: ProductQueries,
    private readonly clock: Clock,
    settings: NotificationsSettings,
  ) {
    this.isWanted = settings.OPERATIONS_EMAIL.length > 0;
  }

  /** Keeps an alert for the next mail. */
  @UnitOfWork()
  async keep(eventId: string, alert: Alert): Promise<void> {
    if (this.isWanted) await this.reports.keep(eventId, alert);
  }

  /** Reports the alerts that wait; returns their number. */
  async reportAlerts(): Promise<number> {
    return this.isWanted ? this.recordAlerts() : 0;
  }

  /** Reports the products that are low on stock; returns their number. Without any, the day's report stays due. */
  async reportLowStock(): Promise<number> {
    if (!this.isWanted) return 0;
    const facts = await this.products.lowOnStock(NAMED_PRODUCTS);
    return facts.count && (await this.recordLowStock(facts)) ? facts.count : 0;
  }

  @UnitOfWork()
  private async recordAlerts(): Promise<number> {
    if (!(await this.reports.isDue('alerts', 'a minute'))) return 0;
    await this.reports.keepDeadLetters();
    const eventId = newId();
    const alerts = await this.reports.take(eventId);
    if (!alerts.length) return 0;
    const deadLetters = alerts.filter(({ kind }) => kind === 'dead-letter').length;
    const counts = { deadLetters, failedRefunds: alerts.length - deadLetters };
    const facts = { ...counts, first: alerts.slice(0, NAMED_ALERTS) };
    await this.record(eventId, { ...NO_ORDER, occasion: 'alerts', facts });
    return alerts.length;
  }

  @UnitOfWork()
  private async recordLowStock(facts: Extract<Report, { occasion: 'low-stock' }>['facts']): Promise<boolean> {
    if (!(await this.reports.isDue('low-stock', 'a day'))) return false;
    await this.record(newId(), { ...NO_ORDER, occasion: 'low-stock', facts });
    return true;
  }

  private async record(eventId: string, report: Report): Promise<void> {
    await this.reports.noteReport(report.occasion);
    this.messages.add(Message.record({ eventId, channel: 'email', recordedAt: this.clock.now(), ...report }));
  }
}
