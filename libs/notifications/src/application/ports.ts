/** An e-mail to one customer. */
export interface Mail {
  /** The same at every attempt: it becomes the Message-ID. */
  id: string;
  to: string;
  at: Date;
  subject: string;
  text: string;
  html: string;
}

/** Resolves when the mail is taken on for good. What it throws names no address. */
export abstract class Mailer {
  abstract send(mail: Mail): Promise<void>;
}

export interface Sms {
  /** The same at every attempt. */
  id: string;
  customerId: string;
  text: string;
}

/**
 * Sends short messages to customers whose number the gateway has: we keep none, and know no way to prove that a number
 * somebody typed is theirs.
 */
export abstract class SmsGateway {
  abstract send(sms: Sms): Promise<void>;
}
