import { setting, settings } from '@holdfast/platform';
import { z } from 'zod';

const { list, url } = setting;

const MAIL_FROM = /^(?:[^<>@,;:"\r\n]+ <[^<>@,\s]+@[^<>@,\s]+>|[^<>@,\s]+@[^<>@,\s]+)$/;

/** The servers that mail and text messages are sent through, and where mail to operations goes. */
export class NotificationsSettings extends settings(
  {
    SMTP_URL: url(/^smtps?$/, 'must be a URL such as smtp://user:password@host:587').optional(),
    MAIL_FROM: z
      .string()
      .regex(MAIL_FROM, 'must be an e-mail address, or a name with one: Shop <orders@shop.example>')
      .optional(),
    OPERATIONS_EMAIL: list().pipe(
      z.array(z.string().regex(/^[^<>@,\s]+@[^<>@,\s]+$/, 'must be e-mail addresses, separated by commas')),
    ),
    MAIL_FOLDER: z.string().default('.holdfast/mail'),
    SMS_URL: url(/^https?$/).optional(),
    SMS_TOKEN: z.string().optional(),
  },
  ({ SMTP_URL, MAIL_FROM }, refuse) => {
    if (SMTP_URL && !MAIL_FROM) refuse('MAIL_FROM', 'must be set where SMTP_URL is');
  },
) {}
