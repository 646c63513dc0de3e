import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, freePort } from '@holdfast/testbed';
import { Client } from '../connection';
import { ensureAsExpected, PromiseBroken } from '../promise';
import { type Report, rounded } from '../report';
import { headersOf, requestsOf, sending } from '../requests';
import type { Scenario, Surroundings } from '../scenario';
import { PRODUCTS, type Query } from '../seed';
import type { Bench } from '../servers';
import { isMet, type Target } from '../statistics';

/** Orders that are placed and not yet paid, at any time: enough to fill the worker's batches. */
const UNDER_WAY = 256;
const LOOK_EVERY_MS = 50;
const WARM_UP_S = 5;
const UNLOADED_PER_S = 5;
const BURST_CONNECTIONS = 64;
/** A backlog that is not worked off by then has broken the promise. */
const DRAIN_LIMIT_MS = 900_000;

const PAID_PER_SECOND: Target = { atLeast: 400 };
const CPU_MS: Target = { atMost: 4 };
const STATEMENTS: Target = { atMost: 12 };
const UNLOADED_MS: Target = { atMost: 60 };

/** What has been used so far: seconds of CPU by process, statements by who sent them. */
type Usage = Record<'cpu' | 'statements', Record<string, number>>;

/**
 * Everything that an order needs until it is shipped, on one machine. The API runs three times, for orders, webhooks
 * and shipments, and each process has its own role in the database: so each has its share of what an order costs.
 */
class Life {
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
  static async run<T>(bench: Bench, shop: string, work: (living: Life) => Promise<T>): Promise<T> {
    await bench.query(shop, 'CREATE EXTENSION pg_stat_statements');
    await bench.query(shop, `ALTER DATABASE ${shop} SET pg_stat_statements.track = 'top'`);
    const port = await freePort();
    const secret = { PAYMENT_WEBHOOK_SECRETS: randomBytes(24).toString('hex') };
    const payable = {
      ...{ PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: `http://127.0.0.1:${port}` },
      // What is measured is how much can be paid, not when it is too much.
      ...{ BACKLOG_LIMIT: '0', ...secret },
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

  /** That wait. */
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

export const life: Scenario = {
  what: 'the whole life of orders, from placed to shipped, with worker and payment simulator on the same machine',
  lasts: ({ sustained }) => sustained + WARM_UP_S + 60,
  run: ({ bench, pace, log }: Surroundings) =>
    bench.inShop(
      (shop) =>
        Life.run(bench, shop, async (living): Promise<Report[]> => {
          log('one order at a time');
          const began = await living.now();
          for (let n = 0; n < UNLOADED_PER_S * Math.min(pace.sustained, 10); n++) {
            await Promise.all([living.place(), sleep(1_000 / UNLOADED_PER_S)]);
            await living.ship();
          }
          await living.drain();
          const unloaded = await living.paidBetween(began, await living.now());

          log(`${UNDER_WAY} orders under way`);
          const keepUnderWay = async (seconds: number) => {
            for (const end = performance.now() + seconds * 1_000; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
              await living.ship();
              while (living.unpaid < UNDER_WAY) void living.place();
              living.ensureAsExpected();
            }
          };
          await keepUnderWay(WARM_UP_S);
          const [from, before, started] = [await living.now(), await living.usage(), performance.now()];
          await keepUnderWay(pace.sustained);
          const [to, after] = [await living.now(), await living.usage()];
          const seconds = (performance.now() - started) / 1_000;
          const [unpaid, events] = [living.unpaid, await living.events()];
          const found = await living.paidBetween(from, to);
          await living.drain();

          const costs = costsOf(before, after, found.paid);
          const rate = found.paid / seconds;
          const judged = (what: string, value: number, target: Target, sign: string) => [
            ...[what, rounded(value), `${sign} ${Object.values(target)[0]}`, isMet(value, target) ? 'met' : 'MISSED'],
          ];
          return [
            {
              name: 'life',
              title: `From placed to shipped: ${UNDER_WAY} orders under way for ${Math.round(seconds)} s, all on this machine`,
              head: ['', '', 'target', ''],
              rows: [
                judged('orders paid/s', rate, PAID_PER_SECOND, '≥'),
                ['orders shipped/s', rounded(found.shipped / seconds), '', ''],
                ['placed to paid, p50 ms', rounded(found.p50), '', ''],
                ['placed to paid, p99 ms', rounded(found.p99), '', ''],
                judged(`placed to paid unloaded (${UNLOADED_PER_S}/s), p50 ms`, unloaded.p50, UNLOADED_MS, '≤'),
                judged('CPU after the 201, ms an order', costs.afterPlacing.cpu, CPU_MS, '≤'),
                judged('statements after the 201, an order', costs.afterPlacing.statements, STATEMENTS, '≤'),
                ['orders not paid at the end', rounded(unpaid), '', ''],
                ['events that wait at the end', rounded(events), '', ''],
              ],
            },
            {
              name: 'life-costs',
              title: 'What the life of an order costs, by process',
              head: ['', 'CPU, ms', 'statements'],
              rows: costs.rows,
              notes: ['The load generator is no part of the sum; it also looks which orders are paid.'],
            },
          ];
        }),
      'drained',
    ),
};

const NAMES: Record<string, string> = {
  placing: 'API, orders',
  'postgres placing': 'PostgreSQL, for these',
  paying: 'API, webhooks of the provider',
  shipping: 'API, shipping',
  worker: 'worker',
  postgres: 'PostgreSQL, for all but orders',
  simulator: 'payment simulator',
  generator: 'load generator',
};

function costsOf(before: Usage, after: Usage, orders: number) {
  const grown = (of: keyof Usage, name: string) => ((after[of][name] ?? 0) - (before[of][name] ?? 0)) / orders;
  const cpu = Object.fromEntries(Object.keys(NAMES).map((name) => [name, 1e3 * grown('cpu', name)]));
  cpu.postgres -= cpu['postgres placing'];
  const sum = (of: (name: string) => number) =>
    ['paying', 'shipping', 'worker', 'postgres', 'simulator'].reduce((total, name) => total + of(name), 0);
  const afterPlacing = { cpu: sum((name) => cpu[name]), statements: sum((name) => grown('statements', name)) };
  const sends = (name: string) => name in after.statements && name !== 'postgres';
  const cells = (name: string) => [rounded(cpu[name]), sends(name) ? rounded(grown('statements', name)) : ''];
  return {
    afterPlacing,
    rows: [
      ...Object.entries(NAMES).map(([name, label]) => [label, ...cells(name)]),
      ['after the 201', rounded(afterPlacing.cpu), rounded(afterPlacing.statements)],
    ],
  };
}

export const burst: Scenario = {
  what: 'orders as fast as they come, and the time until all are paid',
  lasts: ({ burst: orders }) => 30 + orders / 200,
  run: ({ bench, pace, log }) =>
    bench.inShop(
      (shop) =>
        Life.run(bench, shop, async (living): Promise<Report[]> => {
          const [from, began] = [await living.now(), performance.now()];
          let left = pace.burst;
          const lane = async () => {
            while (left-- > 0) await living.place();
          };
          await Promise.all(Array.from({ length: BURST_CONNECTIONS }, lane));
          living.ensureAsExpected();
          const placedAfter = (performance.now() - began) / 1_000;
          log(`placed in ${rounded(placedAfter)} s`);
          await living.untilPaid();
          const paidAfter = (performance.now() - began) / 1_000;
          const { p50, p99 } = await living.paidBetween(from, await living.now());
          await living.drain({ shipped: false });
          return [
            {
              name: 'burst',
              title: `${pace.burst.toLocaleString('en-US')} orders as fast as they come, ${BURST_CONNECTIONS} connections, worker and simulator on the same machine`,
              head: ['', ''],
              rows: [
                ['placed within, s', rounded(placedAfter)],
                ['orders placed/s, beside the worker', rounded(pace.burst / placedAfter)],
                ['all paid within, s', rounded(paidAfter)],
                ['orders paid/s, over all of it', rounded(pace.burst / paidAfter)],
                ['placed to paid, p50 ms', rounded(p50)],
                ['placed to paid, p99 ms', rounded(p99)],
              ],
            },
          ];
        }),
      'drained',
    ),
};
