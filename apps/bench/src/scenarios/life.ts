import { setTimeout as sleep } from 'node:timers/promises';
import { Life, LOOK_EVERY_MS, UPDATED, type Usage } from '../living';
import { PromiseBroken } from '../promise';
import { type Report, rounded } from '../report';
import type { Scenario, Surroundings } from '../scenario';
import { isMet, type Target } from '../statistics';

/** Orders that are placed and not yet paid, at any time: enough to fill the worker's batches. */
const UNDER_WAY = 256;
const WARM_UP_S = 5;
const UNLOADED_PER_S = 5;
const CONNECTIONS = 64;
/** What `overload` allows to wait: short, so that a run of a minute meets it. */
const BACKLOG_LIMIT_S = 10;

const PAID_PER_SECOND: Target = { atLeast: 400 };
const CPU_MS: Target = { atMost: 4 };
const STATEMENTS: Target = { atMost: 12 };
const UNLOADED_MS: Target = { atMost: 60 };
const HOT_PERCENT: Target = { atLeast: 90 };

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
          const updated = await living.updates();
          const [from, before, started] = [await living.now(), await living.usage(), performance.now()];
          await keepUnderWay(pace.sustained);
          const [to, after] = [await living.now(), await living.usage()];
          const seconds = (performance.now() - started) / 1_000;
          const [unpaid, events] = [living.unpaid, await living.events()];
          const found = await living.paidBetween(from, to);
          const updates = await living.updates();
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
                ...UPDATED.map((table) => {
                  const grown = (of: 'all' | 'hot') => updates.get(table)![of] - (updated.get(table)?.[of] ?? 0);
                  const share = (100 * grown('hot')) / grown('all');
                  const each = rounded(grown('all') / found.paid);
                  return judged(`updates of ${table}, ${each} an order: HOT, %`, share, HOT_PERCENT, '≥');
                }),
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
          await Promise.all(Array.from({ length: CONNECTIONS }, lane));
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
              title: `${pace.burst.toLocaleString('en-US')} orders as fast as they come, ${CONNECTIONS} connections, worker and simulator on the same machine`,
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

export const overload: Scenario = {
  what: 'more orders than can be paid: they are shed before their payments would wait too long, and none is canceled',
  lasts: ({ sustained }) => sustained + WARM_UP_S + 4 * BACKLOG_LIMIT_S,
  run: ({ bench, pace, log }) =>
    bench.inShop(
      (shop) =>
        Life.run(
          bench,
          shop,
          async (living): Promise<Report[]> => {
            const [from, began] = [await living.now(), performance.now()];
            let [placed, shed] = [0, 0];
            const lane = async () => {
              while (performance.now() - began < pace.sustained * 1_000) {
                if (await living.offer()) placed++;
                else {
                  shed++;
                  await sleep(1_000); // the least that Retry-After says
                }
              }
            };
            await Promise.all(Array.from({ length: CONNECTIONS }, lane));
            living.ensureAsExpected();
            const seconds = (performance.now() - began) / 1_000;
            const whileOffered = await living.paidBetween(from, await living.now());
            log(`${placed} placed, ${shed} shed`);
            await living.untilPaid();
            const { paid, p50, p99 } = await living.paidBetween(from, await living.now());
            if (paid !== placed) throw new PromiseBroken(`Of ${placed} orders ${paid} were paid.`);
            await living.drain({ shipped: false });
            return [
              {
                name: 'overload',
                title: `As many orders as ${CONNECTIONS} connections can place for ${Math.round(seconds)} s, BACKLOG_LIMIT ${BACKLOG_LIMIT_S} s, all on this machine`,
                head: ['', ''],
                rows: [
                  ['orders placed/s', rounded(placed / seconds)],
                  ['orders paid/s meanwhile', rounded(whileOffered.paid / seconds)],
                  ['orders shed/s, 503', rounded(shed / seconds)],
                  ['placed to paid, p50 s', rounded(p50 / 1_000)],
                  ['placed to paid, p99 s', rounded(p99 / 1_000)],
                  ['orders placed and not paid in the end', rounded(placed - paid)],
                ],
              },
            ];
          },
          { BACKLOG_LIMIT: `${BACKLOG_LIMIT_S}s` },
        ),
      'drained',
    ),
};
