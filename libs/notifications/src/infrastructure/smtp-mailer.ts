import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { bulkhead } from 'cockatiel';
import { createTransport } from 'nodemailer';
import { NotificationsSettings } from '../notifications.settings';
import { type Mail, Mailer } from '../application/ports';
import { composed } from './mail-composer';

const STEP_TIMEOUT_MS = 10_000;
/** Bounds all steps together, well below the relay's lease, so that no other worker sends the message meanwhile. */
const TIMEOUT_MS = 30_000;

/** Mail servers refuse a client that opens many connections. */
const CONNECTIONS = 5;

/** Sends mails over a few connections to the SMTP server, which it keeps. */
@Injectable()
export class SmtpMailer extends Mailer implements OnApplicationShutdown {
  private readonly transport;
  /** A mail waits for a connection here: its time begins when it has one. */
  private readonly turns = bulkhead(CONNECTIONS, Infinity);

  constructor(private readonly settings: NotificationsSettings) {
    super();
    this.transport = createTransport({
      url: settings.SMTP_URL,
      pool: true,
      maxConnections: CONNECTIONS,
      maxRequeues: 0, // the relay repeats
      dnsTimeout: STEP_TIMEOUT_MS,
      connectionTimeout: STEP_TIMEOUT_MS,
      greetingTimeout: STEP_TIMEOUT_MS,
      socketTimeout: STEP_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  send(mail: Mail): Promise<void> {
    return this.turns.execute(() => this.sendNow(mail));
  }

  onApplicationShutdown(): void {
    this.transport.close();
  }

  private async sendNow(mail: Mail): Promise<void> {
    const done = new AbortController();
    const late = sleep(TIMEOUT_MS, undefined, { signal: done.signal }).then(() => {
      throw Object.assign(new Error(), { code: 'ETIMEDOUT' });
    });
    try {
      await Promise.race([this.transport.sendMail(composed(mail, this.settings)), late]);
    } catch (error) {
      throw new MailNotAccepted(error as SmtpError);
    } finally {
      done.abort();
    }
  }
}

interface SmtpError {
  code?: string;
  responseCode?: number;
}

/** Carries codes only: the server's text may contain the address or the password. */
export class MailNotAccepted extends Error {
  constructor({ code = 'unknown', responseCode }: SmtpError) {
    super(`the mail server did not accept the mail: ${[code, responseCode].filter(Boolean).join(' ')}`);
    this.name = 'MailNotAccepted';
  }
}
