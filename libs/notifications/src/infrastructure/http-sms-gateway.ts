import { Injectable } from '@nestjs/common';
import { requestContext } from '@holdfast/platform';
import { NotificationsSettings } from '../notifications.settings';
import { type Sms, SmsGateway } from '../application/ports';

const LIMIT_MS = 15_000;

/** Hands short messages to whatever answers at SMS_URL: one POST of JSON, answered 2xx when it is taken on. */
@Injectable()
export class HttpSmsGateway extends SmsGateway {
  constructor(private readonly settings: NotificationsSettings) {
    super();
  }

  async send({ id, ...sms }: Sms): Promise<void> {
    const { SMS_URL, SMS_TOKEN } = this.settings;
    if (!SMS_URL) throw new SmsNotTaken('SMS_URL is not set any more');
    const { requestId, traceparent } = requestContext.getStore() ?? {};
    const response = await fetch(SMS_URL, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': id,
        ...(SMS_TOKEN && { authorization: `Bearer ${SMS_TOKEN}` }),
        ...(requestId && { 'x-request-id': requestId }),
        ...(traceparent && { traceparent }),
      },
      body: JSON.stringify({ id, ...sms }),
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await response.body?.cancel(); // nothing in it is of interest, however much it is
    if (!response.ok) throw new SmsNotTaken(String(response.status));
  }
}

export class SmsNotTaken extends Error {
  constructor(why: string) {
    super(`the SMS gateway has not taken it: ${why}`);
    this.name = 'SmsNotTaken';
  }
}
