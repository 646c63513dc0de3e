import type { SendMailOptions } from 'nodemailer';
import type { NotificationsSettings } from '../notifications.settings';
import type { Mail } from '../application/ports';

const DEFAULT_SENDER = 'Holdfast <orders@holdfast.example>';

/** The mail as nodemailer takes it. All attempts are equal but for the boundary between the parts. */
export function composed(
  { id, at, ...mail }: Mail,
  { MAIL_FROM = DEFAULT_SENDER }: NotificationsSettings,
): SendMailOptions {
  const domain = /@([^@>\s]+)>?$/.exec(MAIL_FROM)?.[1];
  return {
    ...mail,
    from: MAIL_FROM,
    messageId: `<${id}@${domain}>`,
    date: at,
    // Asks mail servers for no automatic replies (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
