/**
 * Sends the requests, in a process of its own: its work is neither the API's nor the measuring one's. Ends with the
 * process that forked it.
 */
import { randomUUID } from 'node:crypto';
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
  }
}

async function load({ url, connections, seconds, plan, expected, tokens }: LoadOrders): Promise<LoadReport> {
  const next = requestsOf(plan, tokens);
  const counted: number[] = [];
  const others: Record<string, number> = {};
  const count = (what: string | number) => (others[what] = (others[what] ?? 0) + 1);
  const begin = performance.now() + SETTLE_MS;
  const end = begin + seconds * 1_000;
  const options: autocannon.Options = {
    url,
    connections,
    duration: (SETTLE_MS + seconds * 1_000) / 1_000,
    sampleInt: 100,
    // What it hands to this function are its defaults: the address, and what else it needs.
    requests: [{ setupRequest: (defaults) => ({ ...defaults, ...next() }) }],
  };
  await new Promise<void>((resolve, reject) => {
    const running = autocannon(options, (error: Error | null) => (error ? reject(error) : resolve()));
    running.on('response', (_client, status, _bytes, milliseconds) => {
      // As text, it comes from the wire.
      if (Number(status) !== expected) count(status);
      else if (performance.now() >= begin && performance.now() < end) counted.push(milliseconds);
    });
    running.on('reqError', (error: Error) => count(error.message));
  });
  return { ...figureOf(Float64Array.from(counted), seconds), others };
}

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
