import { setting, settings } from '@holdfast/platform';

const { duration, url, wholeNumber } = setting;

/** Where the links in mails lead, how long their tokens serve, and how many mails may be asked for. */
export class AccountRecoverySettings extends settings({
  APP_LINK_BASE: url(/^https?$/, 'must be a URL such as https://shop.example/app').optional(),
  PASSWORD_RESET_TTL: duration('30m'),
  EMAIL_VERIFICATION_TTL: duration('24h'),
  RECOVERY_MAILS_PER_ACCOUNT: wholeNumber(5, 1, 1_000_000),
  RECOVERY_MAILS_PER_ADDRESS: wholeNumber(20, 1, 1_000_000),
}) {}
