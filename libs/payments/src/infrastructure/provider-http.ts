import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Money } from '@holdfast/shared-kernel';
import { requestContext } from '@holdfast/platform';
import { Agent, type Dispatcher } from 'undici';
import { type z } from 'zod';
import { ProviderRefusal, ProviderUnavailable } from '../domain/payment-provider';
import { AmountNotCollectable, WebhookMalformed, WebhookSignatureInvalid } from '../domain/payments.errors';

/** Seconds that a webhook's timestamp may be away from our clock, before or after it. */
const TOLERANCE = 300;

/** Reads `t=<unix>,v1=<hex>[,v1=<hex>…]`. Other schemes are ignored; undefined when the header has another form. */
function readSignature(header: unknown): { timestamp: number; signatures: string[] } | undefined {
  if (typeof header !== 'string') return undefined;
  const parts = header.split(',').map((part) => part.trim().split('=', 2) as [string, string?]);
  const valuesOf = (name: string) => parts.flatMap(([key, value]) => (key === name && value ? [value] : []));
  const [timestamp, ...others] = valuesOf('t');
  if (timestamp === undefined || others.length || !/^\d{1,12}$/.test(timestamp)) return undefined;
  return { timestamp: Number(timestamp), signatures: valuesOf('v1') };
}

/**
 * Verifies `HMAC-SHA256(secret, "<t>.<body>")`, as Stripe and the simulator sign. Any signature may match any secret,
 * because both sides may be in the middle of a rotation. Throws WebhookSignatureInvalid.
 */
export function ensureSigned(body: Buffer, header: unknown, secrets: readonly string[], now: Date): void {
  const { timestamp, signatures } = readSignature(header) ?? { timestamp: -Infinity, signatures: [] };
  const isRecent = Math.abs(Math.floor(now.getTime() / 1000) - timestamp) <= TOLERANCE;
  const given = signatures.filter((text) => /^[0-9a-f]{64}$/i.test(text)).map((text) => Buffer.from(text, 'hex'));
  const expected = secrets.map((secret) => createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest());
  const isSigned = expected.some((one) => given.some((other) => timingSafeEqual(one, other)));
  if (!isRecent || !isSigned) throw new WebhookSignatureInvalid();
}

/** Whether `count` takes the amount, which it refuses by AmountNotCollectable. */
export function canCount(count: (amount: Money) => unknown, amount: Money): boolean {
  try {
    count(amount);
    return true;
  } catch (error) {
    if (error instanceof AmountNotCollectable) return false;
    throw error;
  }
}

/** Throws WebhookMalformed. */
export function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new WebhookMalformed('The body is not valid JSON.');
  }
}

/** Throws WebhookMalformed, which names the first member that is missing or not acceptable. */
export function readAs<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join('/') ?? '';
  throw new WebhookMalformed(`The body is not a webhook: /${path} is missing or not acceptable.`);
}

/** True only when no connection was made, so that the provider certainly was not asked. */
export const isNotConnected = (code: string | undefined): boolean =>
  ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(code ?? '');

/** Answers that concern our account or its rate, and not the one payment that was asked about. */
const NOT_LET_IN = [401, 403, 429];
/** Answers after which the request may still take effect: it timed out, or another one with its key is at work. */
const UNKNOWN_EFFECT = [408, 409];

/** The error of an answer that certainly had no effect; undefined when its effect is unknown, as after a 5xx. */
export function errorOfStatus(provider: string, status: number, reason: string): Error | undefined {
  if (NOT_LET_IN.includes(status)) return new ProviderUnavailable(provider, reason);
  const isRefusal = status >= 400 && status < 500 && !UNKNOWN_EFFECT.includes(status);
  return isRefusal ? new ProviderRefusal(provider, reason) : undefined;
}

/** Bytes of the longest answer that is read. */
const LONGEST_ANSWER = 262_144;

/** Keeps connections open from call to call. Its `request` costs a third of what `fetch` does. */
const connections = new Agent();

export interface ProviderRequest {
  readonly provider: string;
  readonly method: Dispatcher.HttpMethod;
  readonly url: URL;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Sends a request with the trace and the request id of its context. Throws ProviderUnavailable when no connection was
 * made; after any other error the effect is unknown.
 */
export async function send(request: ProviderRequest): Promise<{ status: number; text: string }> {
  const { provider, method, url, headers, body, timeout } = request;
  const { traceparent, requestId } = requestContext.getStore() ?? {};
  const { statusCode: status, body: answer } = await connections
    .request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { ...headers, ...(traceparent && { traceparent }), ...(requestId && { 'x-request-id': requestId }) },
      body,
      signal: AbortSignal.timeout(timeout),
    })
    .catch((error: unknown) => {
      const { code } = error as { code?: string };
      throw isNotConnected(code) ? new ProviderUnavailable(provider, 'it cannot be reached') : error;
    });
  const text = await readUpTo(LONGEST_ANSWER, answer);
  if (status >= 300 && status < 400) throw new Error(`a payment provider answered with a redirect, ${status}`);
  return { status, text };
}

async function readUpTo(limit: number, answer: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > limit) throw new Error(`the answer of a payment provider is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
