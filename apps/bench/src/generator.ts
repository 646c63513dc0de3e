/**
 * Sends the requests, in a process of its own: its work is neither the API's nor the measuring one's. Ends with the
 * process that forked it.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { LoadOrders, LoadReport, Plan } from './load';
import { productId } from './seed';
import { figureOf } from './statistics';

/** Answers of this time are not counted: connections open, statements are prepared, batches find their size. */
const SETTLE_MS = 500;

const upTo = (most: number): number => 1 + Math.floor(Math.random() * most);

/** One product, or one of each fifth: so they are different, and any five of them come up. */
function itemsOf({ products, lines }: { products: number; lines: number }) {
  const share = Math.floor(products / lines);
  return Array.from({ length: lines }, (_, line) => ({
    productId: productId(line * share + upTo(share)),
    quantity: upTo(3),
  }));
}

/** Every call makes the next request, of the next customer. */
function requestsOf(plan: Plan, tokens: string[]): () => autocannon.Request {
  let sent = 0;
  const json = (customer: number) => ({
    'content-type': 'application/json',
    authorization: `Bearer ${tokens[customer]}`,
  });
  switch (plan.kind) {
    case 'order':
      return () => ({
        method: 'POST',
        path: '/v1/orders',
        headers: { ...json(sent++ % tokens.length), 'idempotency-key': randomUUID() },
        body: JSON.stringify({ items: itemsOf(plan) }),
      });
    case 'hold':
      // Three products to a customer at most: a cart that only grows would meet its limit.
      return () => {
        const customer = sent++ % tokens.length;
        const product = 1 + ((customer * 3 + (Math.floor(sent / tokens.length) % 3)) % plan.products);
        return {
          method: 'PUT',
          path: `/v1/cart/items/${productId(product)}`,
          headers: json(customer),
          body: JSON.stringify({ quantity: upTo(3) }),
        };
      };
    case 'get':
      return () => ({
        method: 'GET',
        path: plan.paths[sent++ % plan.paths.length],
        headers: {
          ...plan.headers,
          ...(plan.customer !== undefined && { authorization: `Bearer ${tokens[plan.customer]}` }),
        },
      });
    case 'send':
      return () => {
        const { method, path, body } = plan.bodies[sent % plan.bodies.length];
        // Where a key is not expected it is ignored.
        const headers = { ...json(sent++ % tokens.length), 'idempotency-key': randomUUID() };
        return { method, path, headers, body };
      };
  }
}

async function load({ plan, expected, tokens, ...how }: LoadOrders): Promise<LoadReport> {
  const { seconds } = how;
  const counted: number[] = [];
  const others: Record<string, number> = {};
  const count = (what: string | number) => (others[what] = (others[what] ?? 0) + 1);
  const begin = performance.now() + SETTLE_MS;
  const end = begin + seconds * 1_000;
  const seen: Seen = {
    answer: (status, milliseconds) => {
      if (status !== expected) count(status);
      else if (performance.now() >= begin && performance.now() < end) counted.push(milliseconds);
    },
    failure: (reason) => count(reason),
  };
  await (how.rate ? sendAtRate : sendInLoops)(
    { ...how, seconds: SETTLE_MS / 1_000 + seconds },
    requestsOf(plan, tokens),
    seen,
  );
  return { ...figureOf(Float64Array.from(counted), seconds), others };
}

interface Seen {
  answer(status: number, milliseconds: number): void;
  failure(reason: string): void;
}

type Send = (
  how: Omit<LoadOrders, 'plan' | 'expected' | 'tokens'>,
  next: () => autocannon.Request,
  seen: Seen,
) => Promise<void>;

const sendInLoops: Send = ({ url, connections, seconds }, next, seen) =>
  new Promise((resolve, reject) => {
    const options: autocannon.Options = {
      ...{ url, connections, duration: seconds, sampleInt: 100 },
      // What it hands to this function are its defaults: the address, and what else it needs.
      requests: [{ setupRequest: (defaults) => ({ ...defaults, ...next() }) }],
    };
    const running = autocannon(options, (error: Error | null) => (error ? reject(error) : resolve()));
    // As text, the status comes from the wire.
    running.on('response', (_client, status, _bytes, milliseconds) => seen.answer(Number(status), milliseconds));
    running.on('reqError', (error: Error) => seen.failure(error.message));
  });

/** autocannon would send the requests of a second together at its beginning. */
const sendAtRate: Send = async ({ url, rate, seconds }, next, seen) => {
  const agent = new Agent({ keepAlive: true });
  const open: Promise<void>[] = [];
  const send = (): Promise<void> =>
    new Promise((resolve) => {
      const { path, body, ...options } = next();
      const began = performance.now();
      let isAnswered = false;
      const sent = request(new URL(path!, url), { ...options, agent });
      sent.on('response', (answer) => {
        isAnswered = true;
        seen.answer(answer.statusCode!, performance.now() - began);
        answer.resume();
      });
      // A body that is refused by its length is answered before it is sent, and the rest of it fails.
      sent.on('error', (error) => isAnswered || seen.failure(error.message));
      sent.on('close', resolve);
      sent.end(body);
    });
  const timer = setInterval(() => open.push(send()), 1_000 / rate!);
  await sleep(seconds * 1_000);
  clearInterval(timer);
  await Promise.all(open);
  agent.destroy();
};

process.on('message', (orders: LoadOrders) => {
  load(orders).then(
    (report) => process.send!(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
