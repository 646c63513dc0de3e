import { Module } from '@nestjs/common';
import { IdentityModule } from '@holdfast/identity';
import { Settings } from '@holdfast/platform';
import { MessageRecording } from './application/message-recording.service';
import { MessageSending } from './application/message-sending.service';
import { NotificationsEventHandlers } from './application/notifications.event-handlers';
import { Mailer, SmsGateway } from './application/ports';
import { MessageRepository } from './domain/message.repository';
import { HttpSmsGateway } from './infrastructure/http-sms-gateway';
import { MailFolder } from './infrastructure/mail-folder';
import { OrmMessageRepository } from './infrastructure/orm-message.repository';
import { SmtpMailer } from './infrastructure/smtp-mailer';

const mailerOf = (settings: Settings): Mailer =>
  settings.SMTP_URL ? new SmtpMailer(settings) : new MailFolder(settings);

@Module({
  imports: [IdentityModule],
  providers: [
    NotificationsEventHandlers,
    MessageRecording,
    MessageSending,
    { provide: MessageRepository, useClass: OrmMessageRepository },
    { provide: Mailer, useFactory: mailerOf, inject: [Settings] },
    { provide: SmsGateway, useClass: HttpSmsGateway },
  ],
})
export class NotificationsModule {}
