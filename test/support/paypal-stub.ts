import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { newId } from '@holdfast/shared-kernel';

export interface PayPalAmount {
  currency_code: string;
  value: string;
}

interface StubbedCapture {
  id: string;
  status: string;
  amount: PayPalAmount;
  custom_id: string;
  supplementary_data: { related_ids: { order_id: string } };
}

export interface StubbedOrder {
  id: string;
  status: string;
  links: { rel: string; href: string }[];
  purchase_units: {
    reference_id: string;
    custom_id: string;
    amount: PayPalAmount;
    payments?: { captures: StubbedCapture[] };
  }[];
}

export interface StubbedPayPalRefund {
  id: string;
  status: string;
  amount: PayPalAmount;
  custom_id?: string;
  links: { rel: string; href: string }[];
}

interface Answer {
  status: number;
  body: object | string;
}

const WITHOUT_DECIMALS = ['HUF', 'JPY', 'TWD'];

/** The part of PayPal's API that is used, as PayPal documents it: tokens, orders, captures, refunds, once per key. */
export class PayPalStub {
  static readonly WEBHOOK_ID = '4JH86294D6297924G';
  readonly orders = new Map<string, StubbedOrder>();
  readonly refunds: StubbedPayPalRefund[] = [];
  readonly calls: { route: string; key: string; authorization: string }[] = [];
  /** The fate of the next calls but those for tokens: an error status, or no answer although the work is done. */
  readonly next: (number | 'no answer' | 'answer')[] = [];
  isDown = false;
  /** The status that new refunds begin with, or the issue that refuses them. */
  refundStatus = 'COMPLETED';
  /** The status that new captures begin with, or the issue that refuses them. */
  captureStatus = 'COMPLETED';
  tokens = 0;
  /** Seconds that a new token lives. */
  tokenLife = 32_400;
  readonly certificateFetches: string[] = [];
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly answers = new Map<string, Answer>();
  private server!: Server;

  static async start(): Promise<PayPalStub> {
    const stub = new PayPalStub();
    stub.server = createServer((request, response) => {
      void stub.answer(request).then(({ status, body }) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        if (status) response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      });
    }).listen(0, '127.0.0.1');
    await once(stub.server, 'listening');
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      ...{ PAYPAL_API_URL: this.url, PAYPAL_WEBHOOK_ID: PayPalStub.WEBHOOK_ID },
      ...{ PAYPAL_CLIENT_ID: 'client', PAYPAL_CLIENT_SECRET: 'client-secret-of-the-tests' },
    };
  }

  get certificateUrl(): string {
    return `${this.url}/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  orderOf(orderId: string): StubbedOrder | undefined {
    return [...this.orders.values()].find(({ purchase_units: [unit] }) => unit.reference_id === orderId);
  }

  /** As the customer does on PayPal's page. */
  approve(order: StubbedOrder): void {
    order.status = 'APPROVED';
  }

  /** As a capture of ours does whose answer is lost. */
  complete(order: StubbedOrder, status = 'COMPLETED'): StubbedCapture {
    const [unit] = order.purchase_units;
    const { amount, custom_id } = unit;
    const related = { supplementary_data: { related_ids: { order_id: order.id } } };
    const capture = { id: `C-${order.id}`, status, amount, custom_id, ...related };
    order.status = 'COMPLETED';
    unit.payments = { captures: [capture] };
    return capture;
  }

  captureOf(order: StubbedOrder): StubbedCapture | undefined {
    return order.purchase_units[0].payments?.captures[0];
  }

  /** As an operator does on PayPal's site: without a `custom_id`. */
  refundOnSite(order: StubbedOrder, value: string): StubbedPayPalRefund {
    const capture = this.captureOf(order)!;
    return this.addRefund(capture, { currency_code: capture.amount.currency_code, value }, 'COMPLETED');
  }

  eventOf(type: string, resource: object): object {
    return { id: `WH-${newId()}`, event_type: type, resource };
  }

  /** The headers of a webhook, as PayPal signs it. */
  signed(body: string, { webhookId = PayPalStub.WEBHOOK_ID, key = this.keys.privateKey, id = newId() } = {}) {
    const time = new Date().toISOString();
    const text = `${id}|${time}|${webhookId}|${crc32(body)}`;
    return {
      'paypal-transmission-id': id,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': sign('sha256', Buffer.from(text), key).toString('base64'),
      'paypal-cert-url': this.certificateUrl,
      'paypal-auth-algo': 'SHA256withRSA',
    };
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url = '' } = request;
    if (url.startsWith('/v1/notifications/certs/')) {
      this.certificateFetches.push(url);
      if (!this.certificateUrl.endsWith(url)) return refusal(404, 'RESOURCE_NOT_FOUND');
      return { status: 200, body: certificateOf(this.keys) };
    }
    if (this.isDown) return refusal(503, 'SERVICE_UNAVAILABLE');
    if (url === '/v1/oauth2/token') return this.token(request);
    const key = String(request.headers['paypal-request-id'] ?? '');
    const [, , , , id = ''] = url.split('/');
    const { authorization = '' } = request.headers;
    this.calls.push({ route: `${method} ${id ? url.replace(id, ':id') : url}`, key, authorization });
    const next = this.next.shift();
    if (typeof next === 'number') return refusal(next, 'STUBBED');
    if (authorization !== `Bearer token-${this.tokens}`) return refusal(401, 'INVALID_TOKEN');
    const known = key ? this.answers.get(`${url} ${key}`) : undefined;
    const answer = known ?? this.perform(method, url, id, text, key);
    if (key && answer.status < 400) this.answers.set(`${url} ${key}`, answer);
    return next === 'no answer' ? { ...answer, status: 0 } : structuredClone(answer);
  }

  private token({ headers: { authorization } }: IncomingMessage): Answer {
    const expected = `Basic ${Buffer.from('client:client-secret-of-the-tests').toString('base64')}`;
    if (authorization !== expected) return refusal(401, 'invalid_client');
    return ok({ access_token: `token-${++this.tokens}`, token_type: 'Bearer', expires_in: this.tokenLife });
  }

  private perform(method: string, url: string, id: string, text: string, key: string): Answer {
    const body = (text ? JSON.parse(text) : {}) as {
      purchase_units: StubbedOrder['purchase_units'];
    } & Partial<StubbedPayPalRefund>;
    if (url.startsWith('/v2/payments/refunds/')) {
      const refund = this.refunds.find((each) => each.id === id);
      return refund ? ok(refund) : refusal(404, 'RESOURCE_NOT_FOUND');
    }
    if (url.startsWith('/v2/payments/captures/')) return this.refund(id, body);
    if (method === 'POST' && !id) {
      const [unit] = body.purchase_units;
      if (!isCountable(unit.amount)) return refusal(422, 'DECIMALS_NOT_SUPPORTED');
      const made: StubbedOrder = { id: `O-${key}`, status: 'PAYER_ACTION_REQUIRED', links: [], purchase_units: [unit] };
      made.links.push({ rel: 'payer-action', href: `https://www.paypal.com/checkoutnow?token=${made.id}` });
      this.orders.set(made.id, made);
      return { status: 201, body: made };
    }
    const order = this.orders.get(id);
    if (!order) return refusal(404, 'RESOURCE_NOT_FOUND');
    return url.endsWith('/capture') ? this.capture(order) : ok(order);
  }

  private capture(order: StubbedOrder): Answer {
    if (order.status === 'COMPLETED') return refusal(422, 'ORDER_ALREADY_CAPTURED');
    if (order.status !== 'APPROVED') return refusal(422, 'ORDER_NOT_APPROVED');
    if (!['COMPLETED', 'PENDING', 'DECLINED'].includes(this.captureStatus)) {
      order.status = 'PAYER_ACTION_REQUIRED';
      return refusal(422, this.captureStatus);
    }
    this.complete(order, this.captureStatus);
    return ok(order);
  }

  private refund(captureId: string, { amount, custom_id }: Partial<StubbedPayPalRefund>): Answer {
    const capture = [...this.orders.values()]
      .flatMap((order) => this.captureOf(order) ?? [])
      .find(({ id }) => id === captureId);
    if (!capture) return refusal(404, 'RESOURCE_NOT_FOUND');
    if (!isCountable(amount!)) return refusal(422, 'DECIMALS_NOT_SUPPORTED');
    if (!['COMPLETED', 'PENDING', 'FAILED'].includes(this.refundStatus)) return refusal(422, this.refundStatus);
    return ok(this.addRefund(capture, amount!, this.refundStatus, custom_id));
  }

  private addRefund(
    capture: StubbedCapture,
    amount: PayPalAmount,
    status: string,
    custom_id?: string,
  ): StubbedPayPalRefund {
    const links = [{ rel: 'up', href: `https://api.paypal.com/v2/payments/captures/${capture.id}` }];
    const refund = { id: `R-${this.refunds.length + 1}-${capture.id}`, status, amount, custom_id, links };
    this.refunds.push(refund);
    return refund;
  }
}

const isCountable = ({ currency_code, value }: PayPalAmount): boolean =>
  (WITHOUT_DECIMALS.includes(currency_code) ? /^\d+$/ : /^\d+\.\d\d$/).test(value);

const ok = (body: object): Answer => ({ status: 200, body });
const refusal = (status: number, issue: string): Answer => ({
  status,
  body: { name: 'UNPROCESSABLE_ENTITY', message: issue, details: [{ issue }] },
});

/** A self-signed certificate of the key, in PEM. */
function certificateOf({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): string {
  const der = (tag: number, ...parts: Buffer[]): Buffer => {
    const content = Buffer.concat(parts);
    const { length } = content;
    const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
    return Buffer.concat([Buffer.from([tag, ...size]), content]);
  };
  const [SEQUENCE, SET, UTC_TIME, BITS] = [0x30, 0x31, 0x17, 0x03];
  const rsaWithSha256 = der(SEQUENCE, Buffer.from('06092a864886f70d01010b0500', 'hex'));
  const commonName = Buffer.from('messageverificationcerts.paypal.com');
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, Buffer.from('0603550403', 'hex'), der(0x0c, commonName))));
  const validity = der(SEQUENCE, ...['200101000000Z', '491231235959Z'].map((at) => der(UTC_TIME, Buffer.from(at))));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const version = Buffer.from('a003020102020101', 'hex'); // and the serial number 1
  const content = der(SEQUENCE, version, rsaWithSha256, name, validity, name, key);
  const signature = der(BITS, Buffer.from([0]), sign('sha256', content, privateKey));
  const certificate = der(SEQUENCE, content, rsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
}
