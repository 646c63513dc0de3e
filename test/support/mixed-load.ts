import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@holdfast/shared-kernel';
import type { Answer, Caller, Json } from './api';
import { eventually } from './eventually';
import { items, type Shop } from './shop';
import type { Site } from './site';
import { storm } from './storm';

export type Buyer = Caller & { id: string };

/** One request, and what came of it; without a status when nothing did. */
export interface Exchange {
  method: string;
  /** The template, as in the OpenAPI document. */
  route: string;
  at: number;
  took: number;
  answer?: Answer<Json>;
}

/** A write under an Idempotency-Key, and its outcome as far as the client knows it. */
export interface KeyedWrite {
  buyer: Buyer;
  kind: 'order' | 'checkout' | 'cancel';
  route: string;
  path: string;
  body?: object;
  key: string;
  outcome?: Answer<Json>;
}

/** A client waits no longer; an answer that takes longer counts as none. */
const PATIENCE_MS = 25_000;
const BUYERS = 8;
/** The pause before a retry, since Retry-After cannot be less than a second. */
const A_PAUSE_MS = 300;

/** Whether an answer is not final, so that the request has to be repeated under its key. */
const isOpen = (answer?: Answer<Json>): boolean =>
  !answer || answer.status === 503 || answer.body?.code === 'idempotency-key-in-use';

/** Customers who browse, fill carts, order, cancel and list their orders at both processes, and record the answers. */
export class MixedLoad {
  readonly exchanges: Exchange[] = [];
  readonly writes: KeyedWrite[] = [];
  /** The carts as last answered; undefined after a change without an answer. */
  readonly carts = new Map<Buyer, Json[] | undefined>();
  private isOn = true;
  private readonly crowd: Promise<void[]>;

  private constructor(
    private readonly site: Site,
    readonly buyers: Buyer[],
    private readonly products: Json[],
  ) {
    this.crowd = Promise.all(buyers.map((buyer) => this.shop(buyer)));
  }

  static async on(site: Site, shop: Shop = site.shop): Promise<MixedLoad> {
    const products = await Promise.all(
      Array.from({ length: 8 }, () => shop.product({ stock: 100_000, price: '3.10' })),
    );
    return new MixedLoad(site, await shop.customers(BUYERS), products);
  }

  /** Sends no more; returns when every request under way is answered or given up. */
  async stop(): Promise<void> {
    this.isOn = false;
    await this.crowd;
  }

  /** The exchanges that began at this time or later. */
  since(at: number): Exchange[] {
    return this.exchanges.filter((exchange) => exchange.at >= at);
  }

  /** Returns once that many exchanges that began at this time or later are over: how long it takes is the machine's. */
  async untilOver(count: number, since: number): Promise<void> {
    await eventually(() => {
      expect(this.since(since).length).toBeGreaterThanOrEqual(count);
      return Promise.resolve();
    }, 60_000);
  }

  get open(): KeyedWrite[] {
    return this.writes.filter(({ outcome }) => !outcome);
  }

  /** The orders that were acknowledged, by their ids; each under one key. */
  get orders(): Map<string, KeyedWrite> {
    const placed = this.writes.filter(({ kind, outcome }) => kind !== 'cancel' && outcome?.status === 201);
    return new Map(placed.map((write) => [write.outcome!.body.id as string, write]));
  }

  /** Repeats what is open at both processes at once, until it is decided. Both must get the same answer. */
  async settle(): Promise<void> {
    await storm(
      this.open.map((write) => async () => {
        const pair = await Promise.all(this.site.apis.map((_, at) => this.untilDecided(write, at)));
        expect(pair.map(({ status, body }) => [status, body.id, body.code])[1]).toEqual(
          pair.map(({ status, body }) => [status, body.id, body.code])[0],
        );
        write.outcome = pair[0];
        // The cart may have been filled again since.
        if (write.kind === 'checkout') this.carts.set(write.buyer, undefined);
      }),
      8,
    );
  }

  /** Repeats a write that was acknowledged. */
  async repeat(write: KeyedWrite): Promise<Answer<Json>> {
    return this.untilDecided(write, Math.floor(Math.random() * this.site.apis.length));
  }

  private async untilDecided({ buyer, route, path, body, key }: KeyedWrite, at: number): Promise<Answer<Json>> {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(200)) {
      const answer = await this.send(buyer, 'POST', route, path, body, { 'idempotency-key': key }, at);
      if (answer && !isOpen(answer)) return answer;
    }
    throw new Error(`${path} is never decided`);
  }

  private async shop(buyer: Buyer): Promise<void> {
    this.carts.set(buyer, []);
    while (this.isOn) {
      const die = Math.random();
      if (die < 0.2) await this.order(buyer);
      else if (die < 0.4) await this.fillCart(buyer);
      else if (die < 0.5) await this.checkOut(buyer);
      else if (die < 0.65) await this.send(buyer, 'GET', '/v1/products', '/v1/products?limit=5');
      else if (die < 0.8) await this.lookAt(buyer);
      else await this.send(buyer, 'GET', '/v1/orders', '/v1/orders?limit=5');
      await sleep(400 * Math.random());
    }
  }

  private async order(buyer: Buyer): Promise<void> {
    const body = items([this.anyProduct, 1], [this.anyProduct, 2]);
    const placed = await this.write({ buyer, kind: 'order', route: '/v1/orders', path: '/v1/orders', body });
    if (placed?.status !== 201 || Math.random() > 0.3) return;
    const path = `/v1/orders/${placed.body.id as string}/cancel`;
    await this.write({ buyer, kind: 'cancel', route: '/v1/orders/{id}/cancel', path });
  }

  private async fillCart(buyer: Buyer): Promise<void> {
    const path = `/v1/cart/items/${this.anyProduct.id as string}`;
    const answer = await this.send(buyer, 'PUT', '/v1/cart/items/{productId}', path, { quantity: 1 });
    this.carts.set(buyer, answer?.status === 200 ? (answer.body.items as Json[]) : undefined);
  }

  private async checkOut(buyer: Buyer): Promise<void> {
    const path = '/v1/cart/checkout';
    const answer = await this.write({ buyer, kind: 'checkout', route: path, path, body: {} });
    if (isOpen(answer)) this.carts.set(buyer, undefined);
    else if (answer?.status === 201) this.carts.set(buyer, []);
  }

  private async lookAt(buyer: Buyer): Promise<void> {
    const own = [...this.orders].filter(([, write]) => write.buyer === buyer).at(-1);
    if (own) await this.send(buyer, 'GET', '/v1/orders/{id}', `/v1/orders/${own[0]}`);
    else await this.send(buyer, 'GET', '/v1/products/{id}', `/v1/products/${this.anyProduct.id as string}`);
  }

  /** Half of the writes without a final answer are repeated once, as an app would; the others stay open. */
  private async write(write: Omit<KeyedWrite, 'key' | 'outcome'>): Promise<Answer<Json> | undefined> {
    const kept: KeyedWrite = { ...write, key: newId() };
    this.writes.push(kept);
    for (const _ of Math.random() < 0.5 ? [1, 2] : [1]) {
      const { buyer, route, path, body, key } = kept;
      const answer = await this.send(buyer, 'POST', route, path, body, { 'idempotency-key': key });
      if (answer && !isOpen(answer)) return (kept.outcome = answer);
      await sleep(A_PAUSE_MS);
    }
    return undefined;
  }

  private async send(
    buyer: Buyer,
    method: string,
    route: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
    index = Math.floor(Math.random() * this.site.apis.length),
  ): Promise<Answer<Json> | undefined> {
    const begun = performance.now();
    const at = Date.now();
    const patience = new AbortController();
    const answer = await Promise.race([
      this.site.apis[index]
        .as(buyer.token)
        .send<Json>(method, path, body, headers)
        .catch(() => undefined),
      sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    this.exchanges.push({ method, route, at, took: performance.now() - begun, answer });
    return answer;
  }

  private get anyProduct(): Json {
    return this.products[Math.floor(Math.random() * this.products.length)];
  }
}
