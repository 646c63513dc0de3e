import { type Clock, Money, type MoneyView } from '@holdfast/shared-kernel';
import { problems, requestContext } from '@holdfast/platform';
import { z } from 'zod';
import type { PaymentsSettings } from '../payments.settings';
import { WebhookSignatureInvalid } from '../application/payment-webhooks.service';
import {
  type Charge,
  type ChargeState,
  type Notice,
  PaymentProvider,
  ProviderRefusal,
  type RefundOrder,
} from '../domain/payment-provider';
import { isSigned } from './webhook-signature';

/** An answer longer than this is none of a payment provider. Bytes. */
const LONGEST_ANSWER = 65_536;

const money = z
  .object({ amount: z.string(), currency: z.string() })
  .refine((view) => Money.isValid(view))
  .transform((view) => Money.parse(view));

const payment = z.object({
  id: z.string(),
  status: z.enum(['pending', 'captured', 'declined', 'voided']),
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
const failure = z.object({ data });

/** The payment simulator, spoken to over HTTP as any provider is. */
export class SimulatorProvider extends PaymentProvider {
  readonly name = 'simulator';
  readonly isInUse: boolean;

  constructor(
    private readonly settings: PaymentsSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.isInUse = settings.PAYMENT_SIMULATOR_URL !== undefined;
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

  async refund({ key, charge, amount }: RefundOrder): Promise<void> {
    const body = { amount: amount.toView() } satisfies { amount: MoneyView };
    await this.call('POST', `/v1/payments/${charge.key}/refunds`, { body, key });
  }

  readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Notice | undefined {
    if (!isSigned(body, headers['webhook-signature'], this.settings.PAYMENT_WEBHOOK_SECRETS, this.clock.now()))
      throw new WebhookSignatureInvalid();
    const json = readJson(body);
    const { id, type } = parse(envelope, json);
    if (type === 'payment.succeeded') {
      const { amount, ...about } = parse(success, json).data;
      return noticeOf(id, type, about, { status: 'captured', captured: amount });
    }
    if (type !== 'payment.failed') return undefined;
    const about = parse(failure, json).data;
    return noticeOf(id, type, about, { status: 'declined', reason: about.reason ?? 'declined' });
  }

  private async call(
    method: string,
    path: string,
    { body, key, or }: { body?: object; key?: string; or?: number } = {},
  ): Promise<unknown> {
    if (!this.settings.PAYMENT_SIMULATOR_URL) throw new ProviderRefusal(this.name, 'PAYMENT_SIMULATOR_URL is not set');
    const { traceparent } = requestContext.getStore() ?? {};
    const response = await fetch(new URL(path, this.settings.PAYMENT_SIMULATOR_URL), {
      method,
      headers: {
        'content-type': 'application/json',
        ...(key && { 'idempotency-key': key }),
        ...(traceparent && { traceparent }),
      },
      body: body && JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(this.settings.PAYMENT_CALL_TIMEOUT),
    }).catch((error: unknown) => {
      throw isNotConnected(error) ? new ProviderRefusal(this.name, 'it cannot be reached') : error;
    });
    const text = await readUpTo(LONGEST_ANSWER, response);
    if (response.ok) return JSON.parse(text);
    if (response.status === or) return undefined;
    // What it says of a request that it refused, it has not done; after a 5xx nobody knows.
    if (response.status < 500) throw new ProviderRefusal(this.name, `it answered ${response.status}`);
    throw new Error(`the payment simulator answered ${response.status}`);
  }
}

const stateOf = (answer: unknown): ChargeState => {
  const { id: reference, status, captured, reason } = payment.parse(answer);
  return { status, reference, captured: captured ?? undefined, reason: reason ?? undefined };
};

const noticeOf = (
  id: string,
  type: string,
  about: z.infer<typeof data>,
  state: Omit<ChargeState, 'reference'>,
): Notice => ({
  ...{ id, type, key: about.paymentId, orderId: about.orderId },
  state: { ...state, reference: about.reference ?? null },
});

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw problems.malformedBody('The body is not valid JSON.');
  }
}

function parse<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw problems.validationFailed(
    result.error.issues.map(({ path, code }) => ({
      pointer: `/${path.join('/')}`,
      code,
      detail: 'is missing or not acceptable',
    })),
  );
}

/** Only when no connection came to be is it certain that nothing was asked. */
function isNotConnected(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as { code?: string };
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(code ?? '');
}

async function readUpTo(limit: number, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > limit) throw new Error('the payment simulator answered more than it should');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
