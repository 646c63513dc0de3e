import { createHmac } from 'node:crypto';
import { newId } from '@holdfast/shared-kernel';
import type { Api, Json } from './api';
import { WEBHOOK_SECRETS } from './environment';

export const nowInSeconds = (): number => Math.floor(Date.now() / 1000);

/** `t=…,v1=…` over the text that is sent. */
export function signatureOf(body: string, secret = WEBHOOK_SECRETS[0], t: number | string = nowInSeconds()): string {
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

export interface ProviderEvent {
  id?: string;
  type?: string;
  orderId?: string;
  paymentId?: string;
  amount?: { amount: string; currency: string };
}

export const webhookOf = ({ id = `evt_${newId()}`, type = 'payment.succeeded', ...data }: ProviderEvent) => ({
  id,
  type,
  data,
});

/** Delivers a signed webhook of the provider, as the simulator does. Text is sent as it is. */
export function deliverWebhook(
  api: Api,
  event: ProviderEvent | string,
  headers: Record<string, string> = {},
): Promise<Json> {
  const body = typeof event === 'string' ? event : JSON.stringify(webhookOf(event));
  return api.as().send('POST', '/v1/webhooks/payments/simulator', body, {
    'webhook-signature': signatureOf(body),
    ...headers,
  });
}
