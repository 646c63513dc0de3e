/** An e-mail to one customer, or to those who run the shop. */
export interface Mail {
  /** Equal in all attempts; becomes the Message-ID. */
  id: string;
  to: string | string[];
  at: Date;
  subject: string;
  text: string;
  html?: string;
}

/** Sends mail. */
export abstract class Mailer {
  /** Resolves once the mail is accepted for delivery. Its errors contain no address. */
  abstract send(mail: Mail): Promise<void>;
}

export interface Sms {
  /** Equal in all attempts. */
  id: string;
  customerId: string;
  text: string;
}

/**
 * Sends short messages to customers by their id. The gateway keeps the phone numbers: Holdfast stores none, since it
 * cannot verify that a number belongs to a customer.
 */
export abstract class SmsGateway {
  abstract send(sms: Sms): Promise<void>;
}
