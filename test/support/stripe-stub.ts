import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@holdfast/shared-kernel';
import Stripe from 'stripe';

export interface StubbedIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  currency: string;
  status: string;
  client_secret: string;
  metadata: Record<string, string>;
}

export interface StubbedRefund {
  id: string;
  object: 'refund';
  payment_intent: string;
  amount: number;
  currency: string;
  status: string;
  key: string;
  metadata: Record<string, string>;
}

export interface StubbedCall {
  route: string;
  key: string;
  authorization: string;
  requestId: string | undefined;
}

interface Answer {
  status: number;
  body: object;
}

/** The part of Stripe's API that is used, as Stripe documents it: PaymentIntents and refunds, each once per key. */
export class StripeStub {
  /** Of its webhooks, before and after a rotation. */
  static readonly SECRETS = ['whsec_of-the-tests-and-of-nothing-else', 'whsec_of-the-tests-before-the-rotation'];
  readonly intents = new Map<string, StubbedIntent>();
  readonly refunds: StubbedRefund[] = [];
  readonly calls: StubbedCall[] = [];
  /** The fate of the next calls: an error status, or no answer although the work is done. */
  readonly next: (number | 'no answer')[] = [];
  /** Answers 503 to every call. */
  isDown = false;
  /** The status that new refunds begin with, or the code of the error that refuses them. */
  refundStatus = 'succeeded';
  private readonly answers = new Map<string, Answer>();
  private server!: Server;

  static async start(): Promise<StripeStub> {
    const stub = new StripeStub();
    stub.server = createServer((request, response) => {
      void stub.answer(request).then(({ status, body }) => {
        if (status) response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
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
      ...{ STRIPE_API_URL: this.url, STRIPE_SECRET_KEY: 'sk_test_stub' },
      STRIPE_WEBHOOK_SECRETS: StripeStub.SECRETS.join(','),
    };
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  intentOf(orderId: string): StubbedIntent | undefined {
    return [...this.intents.values()].find(({ metadata }) => metadata['orderId'] === orderId);
  }

  /** As an operator does in the dashboard: without our metadata. */
  refundInDashboard(intent: StubbedIntent, amount: number): StubbedRefund {
    return this.addRefund({ payment_intent: intent.id, amount, status: 'succeeded', key: '', metadata: {} });
  }

  eventOf(type: string, object: object): object {
    return { id: `evt_${newId()}`, object: 'event', type, data: { object } };
  }

  /** The headers of a webhook, as Stripe signs it. */
  signed(payload: string, secret = StripeStub.SECRETS[0]): Record<string, string> {
    return { 'stripe-signature': new Stripe('sk').webhooks.generateTestHeaderString({ payload, secret }) };
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const form = Object.fromEntries(new URLSearchParams(text));
    const key = String(request.headers['idempotency-key'] ?? '');
    const [, , , id = '', action] = (request.url ?? '').split('/');
    const route = `${request.method} ${request.url?.replace(id, id && ':id')}`;
    const { authorization, 'x-request-id': requestId } = request.headers;
    this.calls.push({ route, key, authorization: String(authorization), requestId: requestId as string | undefined });
    const next = this.next.shift();
    if (this.isDown) return refusal(503, 'down');
    if (typeof next === 'number') return refusal(next, 'stubbed');
    const known = key ? this.answers.get(key) : undefined;
    const answer = known ?? this.perform(request.method ?? '', request.url ?? '', id, action, form, key);
    if (key) this.answers.set(key, answer);
    return next === 'no answer' ? { ...answer, status: 0 } : answer;
  }

  private perform(
    method: string,
    url: string,
    id: string,
    action: string | undefined,
    form: Record<string, string>,
    key: string,
  ): Answer {
    if (url.startsWith('/v1/refunds')) return this.refund(id, form, key);
    if (method === 'POST' && !id) {
      const intent: StubbedIntent = {
        ...{ id: `pi_${key}`, object: 'payment_intent', amount: Number(form['amount']), amount_received: 0 },
        ...{ currency: form['currency'], status: 'requires_payment_method', client_secret: `pi_secret_${key}` },
        metadata: { orderId: form['metadata[orderId]'], paymentId: form['metadata[paymentId]'] },
      };
      this.intents.set(intent.id, intent);
      return ok(intent);
    }
    const intent = this.intents.get(id);
    if (!intent) return refusal(404, 'resource_missing');
    if (action === 'cancel') {
      if (['succeeded', 'canceled', 'processing'].includes(intent.status))
        return refusal(400, 'payment_intent_unexpected_state');
      intent.status = 'canceled';
    }
    return ok(intent);
  }

  private refund(id: string, form: Record<string, string>, key: string): Answer {
    if (id) {
      const known = this.refunds.find((refund) => refund.id === id);
      return known ? ok(known) : refusal(404, 'resource_missing');
    }
    if (!['pending', 'succeeded', 'failed'].includes(this.refundStatus)) return refusal(400, this.refundStatus);
    const metadata = { orderId: form['metadata[orderId]'], refundId: form['metadata[refundId]'] };
    const { payment_intent, amount } = form as { payment_intent: string; amount: string };
    return ok(this.addRefund({ payment_intent, amount: Number(amount), status: this.refundStatus, key, metadata }));
  }

  private addRefund(fields: Omit<StubbedRefund, 'id' | 'object' | 'currency'>): StubbedRefund {
    const currency = this.intents.get(fields.payment_intent)?.currency ?? 'gbp';
    const refund: StubbedRefund = { id: `re_${this.refunds.length + 1}`, object: 'refund', currency, ...fields };
    this.refunds.push(refund);
    return refund;
  }
}

const ok = (body: object): Answer => ({ status: 200, body });

const refusal = (status: number, code: string): Answer => ({
  status,
  body: { error: { type: status < 500 ? 'invalid_request_error' : 'api_error', code, message: code } },
});
