import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  id: string;
  /** The event's `n`. */
  n: number;
  timestamp: number;
  signatures: string[];
  at: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A subscriber: answers 200 unless `answer` is replaced, and keeps what it received. */
export class WebhookSink {
  readonly received: Received[] = [];
  /** Answers itself, or leaves it open. */
  answer: (response: ServerResponse, received: Received) => void = (response) => response.end();

  private constructor(private readonly server: Server) {}

  static async open(): Promise<WebhookSink> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const { headers } = request;
        const received = {
          id: String(headers['webhook-id']),
          n: (JSON.parse(body) as { data: { n: number } }).data.n,
          timestamp: Number(headers['webhook-timestamp']),
          signatures: String(headers['webhook-signature']).split(' '),
          at: Date.now(),
          headers,
          body,
        };
        sink.received.push(received);
        sink.answer(response, received);
      });
    });
    const sink = new WebhookSink(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Checks a signature by the text of Standard Webhooks, independently of the product's code. */
export function verifies(secret: string, { id, timestamp, signatures, body }: Received): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return signatures.some((signature) => {
    const [version, encoded] = signature.split(',');
    const given = Buffer.from(encoded, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}
