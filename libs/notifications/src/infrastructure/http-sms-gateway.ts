import { Injectable } from '@nestjs/common';
import { requestContext } from '@holdfast/platform';
import { NotificationsSettings } from '../notifications.settings';
import { type Sms, SmsGateway } from '../application/ports';

const TIMEOUT_MS = 15_000;

/** Posts short messages to the gateway at SMS_URL as JSON; a 2xx answer accepts the message. */
@Injectable()
export class HttpSmsGateway extends SmsGateway {
  constructor(private readonly settings: NotificationsSettings) {
    super();
  }

  async send({ id, ...sms }: Sms): Promise<void> {
    const { SMS_URL, SMS_TOKEN } = this.settings;
    if (!SMS_URL) throw new SmsNotAccepted('SMS_URL is no longer set');
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
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel(); // only the status matters
    if (!response.ok) throw new SmsNotAccepted(String(response.status));
  }
}

export class SmsNotAccepted extends Error {
  constructor(why: string) {
    super(`the SMS gateway did not accept the message: ${why}`);
    this.name = 'SmsNotAccepted';
  }
}
