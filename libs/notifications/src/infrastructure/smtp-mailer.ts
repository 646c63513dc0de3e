import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { NotificationsSettings } from '../notifications.settings';
import { type Mail, Mailer } from '../application/ports';
import { composed } from './mail-composer';

const STEP_MS = 10_000;
/** Of all steps together: well below the relay's lease, within which nobody else takes the message up. */
const LIMIT_MS = 30_000;

/** Hands mail to a server, over a connection of its own. */
@Injectable()
export class SmtpMailer extends Mailer {
  private readonly transport: { sendMail(mail: ReturnType<typeof composed>): Promise<unknown> };

  constructor(private readonly settings: NotificationsSettings) {
    super();
    this.transport = createTransport({
      url: settings.SMTP_URL,
      dnsTimeout: STEP_MS,
      connectionTimeout: STEP_MS,
      greetingTimeout: STEP_MS,
      socketTimeout: STEP_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send(mail: Mail): Promise<void> {
    const done = new AbortController();
    const late = sleep(LIMIT_MS, undefined, { signal: done.signal }).then(() => {
      throw Object.assign(new Error(), { code: 'ETIMEDOUT' });
    });
    try {
      await Promise.race([this.transport.sendMail(composed(mail, this.settings)), late]);
    } catch (error) {
      throw new MailNotTaken(error as SmtpError);
    } finally {
      done.abort();
    }
  }
}

interface SmtpError {
  code?: string;
  responseCode?: number;
}

/** Says what kind of failure it was and nothing more: a server's words may repeat the address, or the password. */
export class MailNotTaken extends Error {
  constructor({ code = 'unknown', responseCode }: SmtpError) {
    super(`the mail server has not taken it: ${[code, responseCode].filter(Boolean).join(' ')}`);
    this.name = 'MailNotTaken';
  }
}
