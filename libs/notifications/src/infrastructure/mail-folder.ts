import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { log } from '@holdfast/platform';
import { createTransport } from 'nodemailer';
import { NotificationsSettings } from '../notifications.settings';
import { type Mail, Mailer } from '../application/ports';
import { composed } from './mail-composer';

/** Writes each mail to a file that mail readers open; used without SMTP_URL. */
@Injectable()
export class MailFolder extends Mailer implements OnApplicationBootstrap {
  private readonly folder: string;
  private readonly transport = createTransport({ streamTransport: true, buffer: true });

  constructor(private readonly settings: NotificationsSettings) {
    super();
    this.folder = resolve(settings.MAIL_FOLDER);
  }

  onApplicationBootstrap(): void {
    log.info({ folder: this.folder }, 'SMTP_URL is not set: mail is written to a folder');
  }

  async send(mail: Mail): Promise<void> {
    const { message } = await this.transport.sendMail(composed(mail, this.settings));
    const file = join(this.folder, `${mail.id}.eml`);
    // Readable by this user only, because the mails are personal data.
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, message, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}
