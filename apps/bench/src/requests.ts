import { randomUUID } from 'node:crypto';
import type { Plan } from './load';
import { productId } from './seed';

/** A request as it goes over the wire. */
export interface Request {
  text: string;
  /** The one status that counts. */
  expected: number;
  /** Of a mix, the part that it belongs to. */
  part: string;
}

/** Made before they are needed, so that the load costs little; prime to the number of customers. */
const BODIES = 9_973;

const upTo = (most: number): number => 1 + Math.floor(Math.random() * most);

/** One product, or one of each fifth: so they are different, and any five of them come up. */
function itemsOf({ products, lines }: { products: number; lines: number }) {
  const share = Math.floor(products / lines);
  return Array.from({ length: lines }, (_, line) => ({
    productId: productId(line * share + upTo(share)),
    quantity: upTo(3),
  }));
}

/** The lines of headers; all of it ASCII, as the bodies are. */
export const headersOf = (headers: Record<string, string>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');

const bearer = (token: string) => headersOf({ authorization: `Bearer ${token}` });

const RUN = randomUUID();
let keys = 0;

/** A request with a body and a new Idempotency-Key, which is ignored where none is expected. */
export const sending = (method: string, path: string, headers: string, body: string): string =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\n${headers}content-type: application/json\r\n` +
  `idempotency-key: ${RUN}-${keys++}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

const getting = (path: string, headers: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;

/** Every call makes the next request, of the next customer. */
export function requestsOf(plan: Plan, tokens: string[], expected: number): () => Request {
  const next = textsOf(plan, tokens);
  if (next) return () => ({ text: next(), expected, part: '' });
  const parts = plan.kind === 'mix' ? plan.parts : [];
  const turns = parts.flatMap(({ name, share, plan: own, expected: status }) => {
    const turn = requestsOf(own, tokens, status);
    return Array.from({ length: share }, () => () => ({ ...turn(), part: name }));
  });
  return () => turns[Math.floor(Math.random() * turns.length)]();
}

function textsOf(plan: Plan, tokens: string[]): (() => string) | undefined {
  let sent = 0;
  const customers = tokens.map(bearer);
  switch (plan.kind) {
    case 'order': {
      const bodies = Array.from({ length: BODIES }, () => JSON.stringify({ items: itemsOf(plan) }));
      return () => {
        const customer = sent++ % customers.length;
        return sending('POST', '/v1/orders', customers[customer], bodies[sent % BODIES]);
      };
    }
    case 'hold':
      // Three products to a customer at most: a cart that only grows would meet its limit.
      return () => {
        const customer = sent++ % customers.length;
        const product = 1 + ((customer * 3 + (Math.floor(sent / customers.length) % 3)) % plan.products);
        const body = JSON.stringify({ quantity: upTo(3) });
        return sending('PUT', `/v1/cart/items/${productId(product)}`, customers[customer], body);
      };
    case 'get': {
      const headers = headersOf(plan.headers ?? {}) + (plan.customer === undefined ? '' : customers[plan.customer]);
      const texts = plan.paths.map((path) => getting(path, headers));
      return () => texts[sent++ % texts.length];
    }
    case 'send':
      return () => {
        const { method, path, body } = plan.bodies[sent % plan.bodies.length];
        return sending(method, path, customers[sent++ % customers.length], body);
      };
    case 'mix':
      return undefined;
  }
}
