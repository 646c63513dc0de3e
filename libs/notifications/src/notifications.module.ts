import { Module } from '@nestjs/common';
import { declareAudience } from '@holdfast/platform';
import { AccountRecoveryModule } from '@holdfast/account-recovery';
import { CatalogModule } from '@holdfast/catalog';
import { IdentityModule } from '@holdfast/identity';
import { NotificationsSettings } from './notifications.settings';
import { AccountNotices } from './application/account-notices.service';
import { MessageRecording } from './application/message-recording.service';
import { MessageSending } from './application/message-sending.service';
import { NotificationsEventHandlers } from './application/notifications.event-handlers';
import { OperationsReports } from './application/operations-reports.service';
import { Mailer, SmsGateway } from './application/ports';
import { MessageRepository, ReportRepository } from './domain/message.repository';
import { HttpSmsGateway } from './infrastructure/http-sms-gateway';
import { MailFolder } from './infrastructure/mail-folder';
import { OrmMessageRepository } from './infrastructure/orm-message.repository';
import { SmtpMailer } from './infrastructure/smtp-mailer';
import { SqlReportRepository } from './infrastructure/sql-report.repository';

declareAudience('notifications.message-recorded', 'internal');

const mailerOf = (settings: NotificationsSettings): Mailer =>
  settings.SMTP_URL ? new SmtpMailer(settings) : new MailFolder(settings);

@Module({
  imports: [AccountRecoveryModule, CatalogModule, IdentityModule],
  providers: [
    NotificationsSettings,
    NotificationsEventHandlers,
    AccountNotices,
    MessageRecording,
    MessageSending,
    OperationsReports,
    { provide: MessageRepository, useClass: OrmMessageRepository },
    { provide: ReportRepository, useClass: SqlReportRepository },
    { provide: Mailer, useFactory: mailerOf, inject: [NotificationsSettings] },
    { provide: SmsGateway, useClass: HttpSmsGateway },
  ],
  exports: [OperationsReports],
})
export class NotificationsModule {}
