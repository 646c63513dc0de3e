import { verify, X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Clock, Money } from '@holdfast/shared-kernel';
import { log } from '@holdfast/platform';
import type { z } from 'zod';
import type { PaymentsSettings } from '../payments.settings';
import {
  type Charge,
  type ChargeState,
  type Notice,
  PaymentProvider,
  ProviderRefusal,
  ProviderUnavailable,
  type RefundOrder,
  type RefundState,
} from '../domain/payment-provider';
import { WebhookSignatureInvalid } from '../domain/payments.errors';
import {
  captureOf,
  issueIn,
  noticeOf,
  type Order,
  orderSchema,
  payPalMoneyOf,
  refundSchema,
  refundStateOf,
  stateOf,
  tokenSchema,
} from './paypal-wire';
import { canCount, errorOfStatus, readJson, send } from './provider-http';

interface AccessToken {
  value: Promise<string>;
  /** Unix time in milliseconds. */
  until: number;
}

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
  private readonly certificates = new Map<string, Promise<X509Certificate | undefined>>();
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
    return stateOf(orderSchema.parse(await this.call('POST', '/v2/checkout/orders', { body, key })));
  }

  async ask(charge: Charge): Promise<ChargeState | undefined> {
    const found = await this.find(charge);
    if (found?.status !== 'APPROVED' || captureOf(found)) return found && stateOf(found);
    const path = `/v2/checkout/orders/${found.id}/capture`;
    try {
      return stateOf(orderSchema.parse(await this.call('POST', path, { body: {}, key: charge.key })));
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
    if (reference)
      return refundStateOf(refundSchema.parse(await this.call('GET', `/v2/payments/refunds/${reference}`)));
    const body = { amount: payPalMoneyOf(amount), custom_id: `${charge.key}.${key}` };
    try {
      const path = `/v2/payments/captures/${charge.reference}/refund`;
      return refundStateOf(refundSchema.parse(await this.call('POST', path, { body, key })));
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
    return found === undefined ? undefined : orderSchema.parse(found);
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

  private async fetchToken(): Promise<z.infer<typeof tokenSchema>> {
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
    return tokenSchema.parse(JSON.parse(text));
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
    const certificate = await (this.certificates.get(address) ?? this.newCertificate(address, now));
    if (!certificate) return undefined;
    const isValid = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    return isValid ? certificate : undefined;
  }

  /** Webhooks that come together share one fetch. What could not be fetched is forgotten. */
  private async newCertificate(address: string, now: number): Promise<X509Certificate | undefined> {
    if (!this.isOfPayPal(address) || now - this.fetchedAt < BETWEEN_FETCHES) return undefined;
    this.fetchedAt = now;
    if (this.certificates.size >= CERTIFICATES) this.certificates.clear();
    const fetched = this.fetchCertificate(new URL(address));
    this.certificates.set(address, fetched);
    if (await fetched) this.fetchedAt = -Infinity;
    else this.certificates.delete(address);
    return fetched;
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
