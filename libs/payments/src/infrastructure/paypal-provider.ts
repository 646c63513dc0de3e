import { verify, X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Clock, decimalOf, Money, thousandthsOf } from '@holdfast/shared-kernel';
import { log } from '@holdfast/platform';
import { z } from 'zod';
import type { PaymentsSettings } from '../payments.settings';
import {
  type Charge,
  type ChargeState,
  type DisputeNotice,
  type Notice,
  PaymentProvider,
  ProviderRefusal,
  ProviderUnavailable,
  type RefundOrder,
  type RefundState,
} from '../domain/payment-provider';
import { AmountNotCollectable, WebhookSignatureInvalid } from '../domain/payments.errors';
import { canCount, errorOfStatus, readAs, readJson, send } from './provider-http';

/** The currencies that PayPal takes (developer.paypal.com/reference/currency-codes), and those without decimals. */
const CURRENCIES =
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' ');
const WITHOUT_DECIMALS = ['HUF', 'JPY', 'TWD'];

interface PayPalMoney {
  currency_code: string;
  value: string;
}

/** The amount as PayPal writes it. Throws {@link AmountNotCollectable} for one that PayPal does not take as it is. */
export function payPalMoneyOf(amount: Money): PayPalMoney {
  const { currency, thousandths } = amount;
  const [digits, step] = WITHOUT_DECIMALS.includes(currency) ? [0, 1_000n] : [2, 10n];
  if (!CURRENCIES.includes(currency) || thousandths % step !== 0n) throw new AmountNotCollectable('paypal', amount);
  const [whole, decimals] = decimalOf(thousandths).split('.');
  return { currency_code: currency, value: digits ? `${whole}.${decimals.slice(0, digits)}` : whole };
}

/** The money of an answer. PayPal may write zeros behind a currency without decimals. */
export const moneyOfPayPal = ({ currency_code, value }: PayPalMoney): Money =>
  Money.of(thousandthsOf(value), currency_code);

const money = z.object({ currency_code: z.string(), value: z.string().regex(/^\d{1,10}(\.\d{1,3})?$/) });
const link = z.object({ rel: z.string(), href: z.string() });
const links = z.array(link).default([]);
const custom = z.string().nullish();

const capture = z.object({
  ...{ id: z.string(), status: z.string(), amount: money, custom_id: custom, links },
  status_details: z.object({ reason: z.string().nullish() }).nullish(),
  supplementary_data: z.object({ related_ids: z.object({ order_id: z.string().nullish() }).nullish() }).nullish(),
});
type Capture = z.infer<typeof capture>;

const payments = z.object({ captures: z.array(capture).nullish() }).nullish();
const order = z.object({
  ...{ id: z.string(), status: z.string(), links },
  purchase_units: z.array(z.object({ custom_id: custom, payments })).default([]),
});
type Order = z.infer<typeof order>;

const refund = z.object({ id: z.string(), status: z.string(), amount: money.nullish(), custom_id: custom, links });

const dispute = z.object({
  ...{ dispute_id: z.string(), status: z.string().nullish() },
  dispute_outcome: z.object({ outcome_code: z.string().nullish() }).nullish(),
  disputed_transactions: z.array(z.object({ seller_transaction_id: z.string().nullish(), custom })).default([]),
});

const event = z.object({ id: z.string().min(1).max(255), event_type: z.string() });
const about = <T extends z.ZodType>(resource: T) => z.object({ resource });
const token = z.object({ access_token: z.string(), expires_in: z.number() });
const refusal = z.object({ name: z.string(), details: z.array(z.object({ issue: z.string() })).nullish() });

interface AccessToken {
  value: Promise<string>;
  /** Unix time in milliseconds. */
  until: number;
}

/** Outcomes of a dispute that leave the shop its money. */
const WON = ['RESOLVED_SELLER_FAVOUR', 'RESOLVED_WITH_PAYOUT', 'CANCELED_BY_BUYER', 'DENIED'];
const CERTIFICATE_PATH = /^\/v1\/notifications\/certs\/[\w-]+$/;

/** Seconds before its end that an access token is renewed. */
const EARLY = 60;
/** Certificates that are remembered, and the milliseconds between two fetches of unknown ones. */
const CERTIFICATES = 10;
const BETWEEN_FETCHES = 10_000;

/**
 * PayPal by Orders v2: the customer approves the order on PayPal's page (`approvalUrl`), a webhook or an inquiry
 * reports it, and only then this adapter captures. So an order whose page nobody was given is never charged, and a void
 * ends a charge by not capturing it. The charge's reference is the order's id, and the capture's once it is captured.
 */
export class PayPalProvider extends PaymentProvider {
  readonly name = 'paypal';
  readonly isInUse: boolean;
  readonly hasWebhooks: boolean;
  private token?: AccessToken;
  private readonly certificates = new Map<string, X509Certificate>();
  private fetchedAt = -Infinity;

  constructor(
    private readonly settings: PaymentsSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.isInUse = this.hasWebhooks = settings.PAYPAL_CLIENT_SECRET !== undefined;
  }

  takes(amount: Money): boolean {
    return canCount(payPalMoneyOf, amount);
  }

  async start({ key, orderId, amount }: Charge): Promise<ChargeState> {
    const { PAYPAL_RETURN_URL: url } = this.settings;
    const pages = url ? { return_url: url, cancel_url: url } : {};
    const experience_context = { user_action: 'PAY_NOW', shipping_preference: 'NO_SHIPPING', ...pages };
    const unit = { reference_id: orderId, custom_id: key, amount: payPalMoneyOf(amount) };
    const body = { intent: 'CAPTURE', purchase_units: [unit], payment_source: { paypal: { experience_context } } };
    return stateOf(order.parse(await this.call('POST', '/v2/checkout/orders', { body, key })));
  }

  async ask(charge: Charge): Promise<ChargeState | undefined> {
    const found = await this.find(charge);
    if (found?.status !== 'APPROVED' || captureOf(found)) return found && stateOf(found);
    const path = `/v2/checkout/orders/${found.id}/capture`;
    try {
      return stateOf(order.parse(await this.call('POST', path, { body: {}, key: charge.key })));
    } catch (error) {
      if (!(error instanceof ProviderRefusal)) throw error;
      // Captured already by another call, or the customer's means of payment were declined: they may choose others.
      const now = await this.find(charge);
      return now && { reason: error.reason, ...stateOf(now) };
    }
  }

  async void(charge: Charge): Promise<ChargeState> {
    const found = await this.find(charge);
    const state = found && stateOf(found);
    if (state?.status === 'captured' || state?.status === 'processing') return state;
    return { status: 'voided', reference: charge.reference, reason: 'not captured' };
  }

  async refund({ key, charge, amount, reference }: RefundOrder): Promise<RefundState> {
    if (reference) return refundStateOf(refund.parse(await this.call('GET', `/v2/payments/refunds/${reference}`)));
    const body = { amount: payPalMoneyOf(amount), custom_id: `${charge.key}.${key}` };
    try {
      const path = `/v2/payments/captures/${charge.reference}/refund`;
      return refundStateOf(refund.parse(await this.call('POST', path, { body, key })));
    } catch (error) {
      if (error instanceof ProviderRefusal && error.reason === 'CAPTURE_FULLY_REFUNDED')
        return { status: 'succeeded', reference: null };
      throw error;
    }
  }

  async readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Notice | undefined> {
    await this.ensureSigned(body, headers);
    return noticeOf(readJson(body));
  }

  /** The order of the charge, with its captures; undefined when PayPal does not have it. */
  private async find({ reference }: Charge): Promise<Order | undefined> {
    if (!reference) return undefined;
    const found = await this.call('GET', `/v2/checkout/orders/${reference}`, { or: 404 });
    return found === undefined ? undefined : order.parse(found);
  }

  private async call(
    method: string,
    path: string,
    { body, key, or }: { body?: object; key?: string; or?: number } = {},
    isRepeated = false,
  ): Promise<unknown> {
    const { status, text } = await send({
      ...{ provider: this.name, method, url: new URL(path, this.settings.PAYPAL_API_URL) },
      headers: {
        authorization: `Bearer ${await this.accessToken()}`,
        ...{ 'content-type': 'application/json', prefer: 'return=representation' },
        ...(key && { 'paypal-request-id': key }),
      },
      body: body && JSON.stringify(body),
      timeout: this.settings.PAYMENT_CALL_TIMEOUT,
    });
    if (status >= 200 && status < 300) return JSON.parse(text);
    if (status === or) return undefined;
    if (status === 401) this.token = undefined; // it may have been revoked before its time
    if (status === 401 && !isRepeated) return this.call(method, path, { body, key, or }, true);
    throw errorOfStatus(this.name, status, issueIn(text)) ?? new Error(`${this.name}: it answered ${status}`);
  }

  /** The access token, which all calls share until it ends. */
  private accessToken(): Promise<string> {
    if (!this.token || this.clock.now().getTime() >= this.token.until) this.token = this.newToken();
    return this.token.value;
  }

  private newToken(): AccessToken {
    const kept: AccessToken = {
      until: Infinity,
      value: this.fetchToken().then(
        ({ access_token, expires_in }) => {
          kept.until = this.clock.now().getTime() + (expires_in - EARLY) * 1_000;
          return access_token;
        },
        (error: Error) => {
          kept.until = 0;
          // Nothing was asked of PayPal yet, whatever became of the token.
          throw new ProviderUnavailable(this.name, `no access token: ${error.message}`);
        },
      ),
    };
    return kept;
  }

  private async fetchToken(): Promise<z.infer<typeof token>> {
    const { PAYPAL_CLIENT_ID: id, PAYPAL_CLIENT_SECRET: secret, PAYPAL_API_URL: base } = this.settings;
    const { status, text } = await send({
      ...{ provider: this.name, method: 'POST', url: new URL('/v1/oauth2/token', base) },
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials',
      timeout: this.settings.PAYMENT_CALL_TIMEOUT,
    });
    if (status !== 200) throw new Error(`it answered ${status}`);
    return token.parse(JSON.parse(text));
  }

  /**
   * Verifies the RSA signature over `id|time|webhook id|CRC-32 of the body` with PayPal's certificate, which PayPal
   * documents beside its own route for it. A forged webhook then costs no call, and webhooks outlive an outage of
   * PayPal's API. PayPal repeats a webhook for three days under its first time: what ends replays is the event's id.
   * Throws WebhookSignatureInvalid.
   */
  private async ensureSigned(body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<void> {
    const names = ['transmission-id', 'transmission-time', 'transmission-sig', 'cert-url', 'auth-algo'];
    const [id, time, signature, url, algorithm] = names.map((name) => {
      const value = headers[`paypal-${name}`];
      return typeof value === 'string' ? value : '';
    });
    const certificate = id && signature && algorithm === 'SHA256withRSA' ? await this.certificateAt(url) : undefined;
    const signed = Buffer.from(`${id}|${time}|${this.settings.PAYPAL_WEBHOOK_ID}|${crc32(body)}`);
    const isSigned = certificate && verify('sha256', signed, certificate.publicKey, Buffer.from(signature, 'base64'));
    if (!isSigned) throw new WebhookSignatureInvalid();
  }

  /** A certificate of PayPal's that is valid now; fetched once, and unknown ones seldom, whatever webhooks name. */
  private async certificateAt(address: string): Promise<X509Certificate | undefined> {
    const now = this.clock.now().getTime();
    if (!this.certificates.has(address)) {
      if (!this.isOfPayPal(address) || now - this.fetchedAt < BETWEEN_FETCHES) return undefined;
      this.fetchedAt = now;
      const certificate = await this.fetchCertificate(new URL(address));
      if (!certificate) return undefined;
      if (this.certificates.size >= CERTIFICATES) this.certificates.clear();
      this.certificates.set(address, certificate);
      this.fetchedAt = -Infinity;
    }
    const certificate = this.certificates.get(address)!;
    const isValid = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    return isValid ? certificate : undefined;
  }

  private isOfPayPal(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { protocol, hostname, origin, pathname } = new URL(address);
    const isTheirs = protocol === 'https:' && hostname.endsWith('.paypal.com');
    return (isTheirs || origin === new URL(this.settings.PAYPAL_API_URL).origin) && CERTIFICATE_PATH.test(pathname);
  }

  private async fetchCertificate(url: URL): Promise<X509Certificate | undefined> {
    const { PAYMENT_CALL_TIMEOUT: timeout } = this.settings;
    try {
      const { status, text } = await send({ provider: this.name, method: 'GET', url, timeout });
      return status === 200 ? new X509Certificate(text) : undefined;
    } catch (error) {
      log.warn({ err: error, provider: this.name }, 'the certificate of a payment provider cannot be fetched');
      return undefined;
    }
  }
}

/** Why PayPal refused: its issue, such as INSTRUMENT_DECLINED, or the name of the error. */
function issueIn(text: string): string {
  try {
    const { name, details } = refusal.parse(JSON.parse(text));
    return details?.[0]?.issue ?? name;
  } catch {
    return 'no reason given'; // The answer is not in PayPal's form, from a proxy perhaps; its status says enough.
  }
}

const isCaptured = ({ status }: Capture): boolean => ['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED'].includes(status);

/** The capture that counts: one that has the money before one that may get it before one that failed. */
function captureOf({ purchase_units: units }: Order): Capture | undefined {
  const captures = units.flatMap(({ payments: made }) => made?.captures ?? []);
  return captures.find(isCaptured) ?? captures.find(({ status }) => status === 'PENDING') ?? captures[0];
}

function stateOf(found: Order): ChargeState {
  const { id: reference, status } = found;
  const made = captureOf(found);
  if (made) return captureStateOf(made, reference);
  if (status === 'VOIDED') return { status: 'voided', reference, reason: 'voided at the provider' };
  const approval = found.links.find(({ rel }) => rel === 'payer-action' || rel === 'approve');
  return { status: 'pending', reference, approvalUrl: approval?.href };
}

function captureStateOf(made: Capture, orderReference: string | null): ChargeState {
  if (isCaptured(made)) return { status: 'captured', reference: made.id, captured: moneyOfPayPal(made.amount) };
  const reason = made.status_details?.reason ?? made.status;
  if (made.status === 'PENDING') return { status: 'processing', reference: orderReference, reason };
  return { status: 'declined', reference: orderReference, reason };
}

function refundStateOf({ id: reference, status }: z.infer<typeof refund>): RefundState {
  if (status === 'COMPLETED') return { status: 'succeeded', reference };
  return status === 'PENDING' ? { status: 'pending', reference } : { status: 'failed', reference, reason: status };
}

/** Our keys in what we gave PayPal to keep: the attempt's, and in a refund of ours the refund's behind a dot. */
function keysIn(text: string | null | undefined): { key?: string; refundKey?: string } {
  const [, key, refundKey] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(.+))?$/.exec(text ?? '') ?? [];
  return { key, refundKey };
}

/** The notice of an event; undefined for a type that is not used. Throws WebhookMalformed. */
function noticeOf(json: unknown): Notice | undefined {
  const { id, event_type: type } = readAs(event, json);
  switch (type) {
    case 'CHECKOUT.ORDER.APPROVED': {
      const { resource } = readAs(about(order), json);
      const { key } = keysIn(resource.purchase_units[0]?.custom_id);
      return { id, type, key, reference: resource.id, news: { about: 'approval' } };
    }
    case 'PAYMENT.CAPTURE.COMPLETED':
    case 'PAYMENT.CAPTURE.PENDING':
    case 'PAYMENT.CAPTURE.DECLINED':
    case 'PAYMENT.CAPTURE.DENIED': {
      const { resource } = readAs(about(capture), json);
      const orderReference = resource.supplementary_data?.related_ids?.order_id ?? null;
      const { key } = keysIn(resource.custom_id);
      const reference = orderReference ?? resource.id;
      return { id, type, key, reference, news: { about: 'charge', state: captureStateOf(resource, orderReference) } };
    }
    case 'PAYMENT.CAPTURE.REFUNDED':
    case 'PAYMENT.CAPTURE.REVERSED':
    case 'PAYMENT.REFUND.PENDING':
    case 'PAYMENT.REFUND.FAILED':
      return refundNoticeOf(id, type, json);
    case 'CUSTOMER.DISPUTE.CREATED':
    case 'CUSTOMER.DISPUTE.UPDATED':
    case 'CUSTOMER.DISPUTE.RESOLVED': {
      const { resource } = readAs(about(dispute), json);
      const [disputed] = resource.disputed_transactions;
      const reference = disputed?.seller_transaction_id ?? undefined;
      const { key } = keysIn(disputed?.custom);
      const news = { reference: resource.dispute_id, status: disputeStatusOf(resource) };
      return reference || key ? { id, type, key, reference, news: { about: 'dispute', dispute: news } } : undefined;
    }
    default:
      return undefined;
  }
}

/** What went back: a refund, which links its capture, or the capture itself, which PayPal then took back as a whole. */
function refundNoticeOf(id: string, type: string, json: unknown): Notice {
  const { resource } = readAs(about(refund.extend({ amount: money })), json);
  const amount = moneyOfPayPal(resource.amount);
  const { key, refundKey } = keysIn(resource.custom_id);
  const up = resource.links.find(({ rel }) => rel === 'up')?.href ?? '';
  const reference = /\/captures\/([^/?]+)/.exec(up)?.[1];
  if (!reference) return { id, type, key, reference: resource.id, news: { about: 'refund-total', total: amount } };
  const news = { ...refundStateOf(resource), key: refundKey, amount };
  return { id, type, key, reference, news: { about: 'refund', refund: news } };
}

function disputeStatusOf({ status, dispute_outcome: outcome }: z.infer<typeof dispute>): DisputeNotice['status'] {
  if (status !== 'RESOLVED') return 'open';
  return WON.includes(outcome?.outcome_code ?? '') ? 'won' : 'lost';
}
