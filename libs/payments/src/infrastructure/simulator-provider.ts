import { type Clock, Money, type MoneyView } from '@holdfast/shared-kernel';
import { z } from 'zod';
import type { PaymentsSettings } from '../payments.settings';
import {
  type Charge,
  type ChargeState,
  type Notice,
  PaymentProvider,
  ProviderUnavailable,
  type RefundOrder,
  type RefundState,
} from '../domain/payment-provider';
import { ensureSigned, errorOfStatus, readAs, readJson, send } from './provider-http';

const money = z
  .object({ amount: z.string(), currency: z.string() })
  .refine((view) => Money.isValid(view))
  .transform((view) => Money.parse(view));

const payment = z.object({
  id: z.string(),
  status: z.enum(['pending', 'processing', 'captured', 'declined', 'voided']),
  captured: money.nullish(),
  reason: z.string().nullish(),
});

const envelope = z.object({ id: z.string().min(1).max(255), type: z.string() });
const id = z
  .uuid()
  .transform((text) => text.toLowerCase())
  .optional();
const data = z
  .object({ paymentId: id, orderId: id, reference: z.string().nullish(), reason: z.string().max(200).optional() })
  .refine(({ paymentId, orderId }) => paymentId ?? orderId);
const success = z.object({ data: data.and(z.object({ amount: money })) });
const other = z.object({ data });

/** The payment simulator, over HTTP like any provider. */
export class SimulatorProvider extends PaymentProvider {
  readonly name = 'simulator';
  readonly isInUse: boolean;
  readonly hasWebhooks: boolean;

  constructor(
    private readonly settings: PaymentsSettings,
    private readonly clock: Clock,
  ) {
    super();
    // Its secret is enough to mark orders as paid, so the simulator exists only where it is named.
    this.hasWebhooks = settings.PAYMENT_PROVIDERS.includes('simulator');
    this.isInUse = this.hasWebhooks && settings.PAYMENT_SIMULATOR_URL !== undefined;
  }

  takes(): boolean {
    return true;
  }

  async start({ key, orderId, amount }: Charge): Promise<ChargeState> {
    const body = { orderId, amount: amount.toView() };
    return stateOf(await this.call('POST', '/v1/payments', { body, key }));
  }

  async ask({ key }: Charge): Promise<ChargeState | undefined> {
    const answer = await this.call('GET', `/v1/payments/${key}`, { or: 404 });
    return answer === undefined ? undefined : stateOf(answer);
  }

  async void({ key }: Charge): Promise<ChargeState> {
    return stateOf(await this.call('POST', `/v1/payments/${key}/void`));
  }

  async refund({ key, charge, amount }: RefundOrder): Promise<RefundState> {
    const body = { amount: amount.toView() } satisfies { amount: MoneyView };
    await this.call('POST', `/v1/payments/${charge.key}/refunds`, { body, key });
    return { status: 'succeeded', reference: key };
  }

  async readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Notice | undefined> {
    ensureSigned(body, headers['webhook-signature'], this.settings.PAYMENT_WEBHOOK_SECRETS, this.clock.now());
    const json = readJson(body);
    const { id, type } = readAs(envelope, json);
    switch (type) {
      case 'payment.succeeded': {
        const { amount, ...about } = readAs(success, json).data;
        const state = { status: 'captured', reference: about.reference ?? null, captured: amount } as const;
        return { id, type, key: about.paymentId, orderId: about.orderId, news: { about: 'charge', state } };
      }
      case 'payment.failed':
      case 'payment.attempt-failed': {
        const { paymentId: key, orderId, reference = null, reason = 'declined' } = readAs(other, json).data;
        if (type === 'payment.failed')
          return {
            id,
            type,
            key,
            orderId,
            news: { about: 'charge', state: { status: 'declined', reference, reason } },
          };
        const state = { status: 'pending', reference } as const;
        return { id, type, key, orderId, news: { about: 'attempt-failed', state, reason } };
      }
      default:
        return undefined;
    }
  }

  private async call(
    method: string,
    path: string,
    { body, key, or }: { body?: object; key?: string; or?: number } = {},
  ): Promise<unknown> {
    if (!this.settings.PAYMENT_SIMULATOR_URL)
      throw new ProviderUnavailable(this.name, 'PAYMENT_SIMULATOR_URL is not set');
    const { status, text } = await send({
      ...{ provider: this.name, method, url: new URL(path, this.settings.PAYMENT_SIMULATOR_URL) },
      headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
      body: body && JSON.stringify(body),
      timeout: this.settings.PAYMENT_CALL_TIMEOUT,
    });
    if (status >= 200 && status < 300) return JSON.parse(text);
    if (status === or) return undefined;
    const answer = `it answered ${status}`;
    throw errorOfStatus(this.name, status, answer) ?? new Error(`${this.name}: ${answer}`);
  }
}

const stateOf = (answer: unknown): ChargeState => {
  const { id: reference, status, captured, reason } = payment.parse(answer);
  return { status, reference, captured: captured ?? undefined, reason: reason ?? undefined };
};
