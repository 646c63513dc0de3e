import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, freePort } from '@holdfast/testbed';
import { Client } from './connection';
import { ensureAsExpected, PromiseBroken } from './promise';
import { headersOf, requestsOf, sending } from './requests';
import { PRODUCTS, type Query } from './seed';
import type { Bench } from './servers';

export const LOOK_EVERY_MS = 50;
/** A backlog that is not worked off by then has broken the promise. */
const DRAIN_LIMIT_MS = 900_000;
/** The tables whose rows a life updates most. */
export const UPDATED = ['payments.payments', 'payments.attempts', 'ordering.orders', 'platform.outbox'];

/** What has been used so far: seconds of CPU by process, statements by who sent them. */
export type Usage = Record<'cpu' | 'statements', Record<string, number>>;

/**
 * Everything that an order needs until it is shipped, on one machine. The API runs three times, for orders, webhooks
 * and shipments, and each process has its own role in the database: so each has its share of what an order costs.
 */
export class Life {
  private readonly placing: Client;
  private readonly shipping: Client;
  private readonly nextOrder: ReturnType<typeof requestsOf>;
  private readonly shipped = new Set<string>();
  private readonly admin: string;
  private placed = 0;
  private paid = 0;

  private constructor(
    private readonly query: Query,
    { tokens, adminToken }: Bench,
    urls: Record<'placing' | 'shipping', string>,
    /** Process ids. */
    private readonly processes: Record<string, number>,
  ) {
    this.placing = new Client(urls.placing);
    this.shipping = new Client(urls.shipping);
    this.nextOrder = requestsOf({ kind: 'order', products: PRODUCTS, lines: 1 }, tokens, 201);
    this.admin = headersOf({ authorization: `Bearer ${adminToken}` });
  }

  /** Calls `work` when all processes are ready. */
  static async run<T>(
    bench: Bench,
    shop: string,
    work: (living: Life) => Promise<T>,
    // What is measured is how much can be paid, not when it is too much.
    environment: NodeJS.ProcessEnv = { BACKLOG_LIMIT: '0' },
  ): Promise<T> {
    await bench.query(shop, 'CREATE EXTENSION pg_stat_statements');
    await bench.query(shop, `ALTER DATABASE ${shop} SET pg_stat_statements.track = 'top'`);
    const port = await freePort();
    const secret = { PAYMENT_WEBHOOK_SECRETS: randomBytes(24).toString('hex') };
    const payable = {
      ...{ PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: `http://127.0.0.1:${port}` },
      ...{ ...secret, ...environment },
    };
    const as = async (role: string) => ({ ...payable, DATABASE_URL: await bench.urlAs(role, shop) });
    const placing = await bench.startApi(shop, await as('placing'));
    const paying = await bench.startApi(shop, await as('paying'));
    const shipping = await bench.startApi(shop, await as('shipping'));
    const worker = await bench.startWorker(shop, await as('worker'));
    const webhooks = { SIMULATOR_WEBHOOK_URL: `${paying.url}/v1/webhooks/payments/simulator` };
    const simulator = await bench.startSimulator(port, { ...webhooks, ...secret });
    const pids = Object.entries({ placing, paying, shipping, worker, simulator }).map(([name, { pid }]) => [name, pid]);
    const processes = { ...(Object.fromEntries(pids) as Record<string, number>), postgres: await bench.postgresPid() };
    return bench.session(shop, async (query) => {
      await query(`SET pg_stat_statements.track = 'none'`); // what is asked here is none of their work
      return work(new Life(query, bench, { placing: placing.url, shipping: shipping.url }, processes));
    });
  }

  place(): Promise<void> {
    this.placed++;
    const { text, expected } = this.nextOrder();
    return this.placing.send(text, expected);
  }

  /** Whether the order was taken, and not shed. */
  async offer(): Promise<boolean> {
    let taken = false;
    const { text, expected } = this.nextOrder();
    await this.placing.send(text, [expected, 503], (status) => (taken = status === expected));
    if (taken) this.placed++;
    return taken;
  }

  /** Orders that are not paid yet. */
  get unpaid(): number {
    return this.placed - this.paid;
  }

  /** Looks which orders are paid by now, and ships them. */
  async ship(): Promise<void> {
    const found = await this.query<{ id: string }>(`SELECT id FROM ordering.orders WHERE status = 'paid'`);
    for (const { id } of found) {
      if (this.shipped.has(id)) continue;
      this.shipped.add(id);
      this.paid++;
      void this.shipping.send(sending('POST', `/v1/orders/${id}/fulfil`, this.admin, '{}'), 200);
    }
  }

  /** Waits until all orders are paid. Throws {@link PromiseBroken}. */
  async untilPaid(look: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const unpaid = `SELECT FROM ordering.orders WHERE status IN ('reserved', 'payment_pending') LIMIT 1`;
    await this.until(async () => {
      await look();
      return !(await this.query(unpaid)).length;
    });
  }

  /** Waits until all paid orders are shipped, unless they stay, and all events are handled. */
  async drain({ shipped = true } = {}): Promise<void> {
    if (shipped) await this.untilPaid(() => this.ship());
    await this.until(async () => {
      if (shipped) await this.ship();
      return !(await this.events());
    });
    await Promise.all([this.placing.close(), this.shipping.close()]);
    this.ensureAsExpected();
  }

  private async until(isDone: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DRAIN_LIMIT_MS;
    for (; !(await isDone()); await sleep(LOOK_EVERY_MS)) {
      this.ensureAsExpected();
      if (performance.now() > deadline)
        throw new PromiseBroken('Orders were not paid, or events not handled, in time.');
    }
  }

  ensureAsExpected(): void {
    for (const [name, { others }] of Object.entries({ orders: this.placing, shipments: this.shipping }))
      ensureAsExpected(name, { others });
  }

  /** The number of events that wait. */
  async events(): Promise<number> {
    const [{ n }] = await this.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM platform.outbox WHERE status = 'pending'`,
    );
    return n;
  }

  /** The database's, which the history of orders is kept by. */
  async now(): Promise<Date> {
    return (await this.query<{ now: Date }>('SELECT clock_timestamp() AS now'))[0].now;
  }

  /** Orders paid since then, shipped since then, and the milliseconds from placed to paid. */
  async paidBetween(from: Date, to: Date): Promise<Record<'paid' | 'shipped' | 'p50' | 'p99', number>> {
    const [found] = await this.query<Record<'paid' | 'shipped' | 'p50' | 'p99', number>>(
      `SELECT count(*)::int AS paid,
         (SELECT count(*)::int FROM ordering.order_transitions
          WHERE to_status = 'fulfilled' AND at >= $1 AND at < $2) AS shipped,
         percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_disc(0.99) WITHIN GROUP (ORDER BY ms) AS p99
       FROM (SELECT extract(epoch FROM paid.at - placed.at)::float * 1000 AS ms
             FROM ordering.order_transitions paid
             JOIN ordering.order_transitions placed ON placed.order_id = paid.order_id AND placed.to_status = 'reserved'
             WHERE paid.to_status = 'paid' AND paid.at >= $1 AND paid.at < $2) AS waits`,
      [from, to],
    );
    return found;
  }

  /** Updates so far: of how many rows, and how many of them left the indexes alone. */
  async updates(): Promise<Map<string, { all: number; hot: number }>> {
    const found = await this.query<{ name: string; all: number; hot: number }>(
      `SELECT schemaname || '.' || relname AS name, n_tup_upd::float AS all, n_tup_hot_upd::float AS hot
       FROM pg_stat_user_tables WHERE schemaname || '.' || relname = ANY ($1)`,
      [UPDATED],
    );
    return new Map(found.map(({ name, ...counts }) => [name, counts]));
  }

  /** By process; PostgreSQL's work for placing beside all of its work. */
  async usage(): Promise<Usage> {
    const backends = await this.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE usename = 'placing' AND datname = current_database()`,
    );
    const sent = await this.query<{ name: string; calls: number }>(
      `SELECT rolname AS name, sum(calls)::float AS calls FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
       WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY 1`,
    );
    const own = process.cpuUsage();
    const seconds = (name: string, pid: number) => [name, cpuSeconds(pid, name === 'postgres') ?? NaN] as const;
    return {
      cpu: {
        ...Object.fromEntries(Object.entries(this.processes).map(([name, pid]) => seconds(name, pid))),
        'postgres placing': backends.reduce((sum, { pid }) => sum + (cpuSeconds(pid) ?? NaN), 0),
        generator: (own.user + own.system) / 1e6,
      },
      statements: Object.fromEntries(sent.map(({ name, calls }) => [name, calls])),
    };
  }
}
