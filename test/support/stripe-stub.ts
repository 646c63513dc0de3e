import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

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

/** The parts of Stripe's API that we use, as it documents them: PaymentIntents and refunds, each once per key. */
export class StripeStub {
  readonly intents = new Map<string, StubbedIntent>();
  readonly refunds: { payment_intent: string; amount: number; key: string }[] = [];
  readonly calls: { route: string; key: string; authorization: string }[] = [];
  /** What happens to the next calls: an answer instead, or none after the work is done. */
  readonly next: (number | 'no answer')[] = [];
  private readonly answers = new Map<string, object>();
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

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const form = Object.fromEntries(new URLSearchParams(text));
    const key = String(request.headers['idempotency-key'] ?? '');
    const [, , , id = '', action] = (request.url ?? '').split('/');
    const route = `${request.method} ${request.url?.replace(id, id && ':id')}`;
    this.calls.push({ route, key, authorization: String(request.headers.authorization) });
    const next = this.next.shift();
    if (typeof next === 'number')
      return {
        status: next,
        body: { error: { type: next < 500 ? 'invalid_request_error' : 'api_error', message: 'stubbed' } },
      };
    const known = key ? this.answers.get(key) : undefined;
    const body = known ?? this.perform(request.method ?? '', request.url ?? '', id, action, form, key);
    if (key) this.answers.set(key, body);
    return { status: next === 'no answer' ? 0 : 'error' in body ? 400 : 200, body };
  }

  private perform(
    method: string,
    url: string,
    id: string,
    action: string | undefined,
    form: Record<string, string>,
    key: string,
  ): object {
    if (url === '/v1/refunds') {
      const refund = { payment_intent: form['payment_intent'], amount: Number(form['amount']), key };
      this.refunds.push(refund);
      return { id: `re_${this.refunds.length}`, object: 'refund', status: 'succeeded', ...refund };
    }
    if (method === 'POST' && !id) {
      const intent: StubbedIntent = {
        ...{
          id: `pi_${this.intents.size + 1}`,
          object: 'payment_intent',
          amount: Number(form['amount']),
          amount_received: 0,
        },
        ...{ currency: form['currency'], status: 'requires_payment_method', client_secret: `pi_secret_${key}` },
        metadata: { orderId: form['metadata[orderId]'], paymentId: form['metadata[paymentId]'] },
      };
      this.intents.set(intent.id, intent);
      return intent;
    }
    const intent = this.intents.get(id);
    if (!intent)
      return { error: { type: 'invalid_request_error', code: 'resource_missing', message: 'no such intent' } };
    if (action === 'cancel') {
      if (['succeeded', 'canceled'].includes(intent.status))
        return {
          error: { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message: 'too late' },
        };
      intent.status = 'canceled';
    }
    return intent;
  }
}
