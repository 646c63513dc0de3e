import type { SendMailOptions } from 'nodemailer';
import type { NotificationsSettings } from '../notifications.settings';
import type { Mail } from '../application/ports';

const NOBODY_IN_PARTICULAR = 'Holdfast <orders@holdfast.example>';

/** The mail as nodemailer takes it: the same bytes at every attempt, but for the boundary between its parts. */
export function composed(
  { id, at, ...mail }: Mail,
  { MAIL_FROM = NOBODY_IN_PARTICULAR }: NotificationsSettings,
): SendMailOptions {
  const domain = /@([^@>\s]+)>?$/.exec(MAIL_FROM)?.[1];
  return {
    ...mail,
    from: MAIL_FROM,
    messageId: `<${id}@${domain}>`,
    date: at,
    // No answer by machines: out of office, and the like (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
