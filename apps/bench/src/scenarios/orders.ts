import type { Server } from '../processes';
import { rounded, comparison, COMPARISON, type Report } from '../report';
import { measure, type Pace, type Runs, type Scenario, type Surroundings } from '../scenario';
import { PRODUCTS } from '../seed';
import type { Figure } from '../statistics';
import { Yardstick } from '../yardstick';

interface Pattern {
  name: string;
  title: string;
  products: number;
  lines: number;
  /** What it is compared with, and how many times as fast it is to be. */
  scripts: Record<string, number>;
}

const PATTERNS: Pattern[] = [
  { name: 'hot', title: 'one hot product', products: 1, lines: 1, scripts: { place1: 8 } },
  { name: 'spread', title: '10,000 products', products: PRODUCTS, lines: 1, scripts: { place1: 2.5, cte1: 1.2 } },
  { name: 'five-lines', title: '5 lines of 10,000 products', products: PRODUCTS, lines: 5, scripts: { place5: 2 } },
];

/** Where the ratios are taken, at any pace: in the middle of what is measured, not where it happens to be best. */
const CONNECTIONS = 64;
/** The same, but for what one run differs from the next. */
const NO_SLOWER = 1.05;

const ON = 'shared';
const OFF = 'alone';
const nameOf = (mode: string, many: number) => `${mode} ${many}`;

export const orders: Scenario = {
  what: 'orders placed, beside pgbench',
  lasts: ({ rounds, seconds, connections, clients }: Pace) =>
    3 * (rounds * (connections.length * 2 * (seconds + 0.7) + clients.length * 1.4 * (seconds + 0.2)) + 20),
  async run(around) {
    const reports: Report[] = [];
    for (const pattern of PATTERNS) reports.push(...(await placeOrders(pattern, around)));
    return reports;
  },
};

function placeOrders(pattern: Pattern, { bench, generator, pace, pgbench, say }: Surroundings): Promise<Report[]> {
  const { title, products, lines, scripts } = pattern;
  say(`orders of ${title}`);
  return bench.inShop(async (shop) => {
    const yardstick = pgbench === undefined ? undefined : new Yardstick(pgbench, bench, 'yardstick');
    await yardstick?.open();
    const apis: Record<string, Server> = {
      [ON]: await bench.startApi(shop),
      [OFF]: await bench.startApi(shop, { GROUP_COMMIT_LIMIT: '1' }),
    };

    const runs: Runs = {};
    const { seconds } = pace;
    for (const clients of yardstick ? pace.clients : [])
      for (const script of Object.keys(scripts))
        runs[nameOf(script, clients)] = () => yardstick!.run(script, { clients, products, seconds });
    for (const connections of pace.connections)
      for (const [mode, { url }] of Object.entries(apis))
        runs[nameOf(mode, connections)] = () =>
          generator.run({ url, connections, seconds, plan: { kind: 'order', products, lines }, expected: 201 });
    for (const mode of [ON, OFF]) await runs[nameOf(mode, CONNECTIONS)]();
    const figures = await measure(runs, pace.rounds, say);

    await yardstick?.close();
    return [tableOf(pattern, figures, pace), ...(yardstick ? [ratiosOf(pattern, figures, pace)] : [])];
  });
}

const cells = ({ perSecond, p50, p99 }: Figure): string[] => [perSecond, p50, p99].map(rounded);

function tableOf({ name, title, scripts }: Pattern, figures: Record<string, Figure>, pace: Pace): Report {
  const scriptRows = Object.keys(scripts).flatMap((script) =>
    pace.clients
      .filter((clients) => figures[nameOf(script, clients)])
      .map((clients) => [
        `pgbench ${script}, ${clients} clients`,
        ...cells(figures[nameOf(script, clients)]),
        '',
        '',
        '',
      ]),
  );
  const ours = pace.connections.map((connections) => [
    `Holdfast, ${connections} connections`,
    ...cells(figures[nameOf(ON, connections)]),
    ...cells(figures[nameOf(OFF, connections)]),
  ]);
  return {
    name: `orders-${name}`,
    title: `Orders of ${title}`,
    head: ['', 'orders/s', 'p50 ms', 'p99 ms', 'alone: orders/s', 'p50 ms', 'p99 ms'],
    rows: [...ours, ...scriptRows],
    chart: {
      unit: 'orders/s',
      bars: Object.entries(figures).map(([label, { perSecond }]) => ({ label, value: perSecond })),
    },
  };
}

function ratiosOf({ name, title, scripts }: Pattern, figures: Record<string, Figure>, pace: Pace): Report {
  const ours = figures[nameOf(ON, CONNECTIONS)];
  const best = (script: string): [number, Figure] =>
    pace.clients
      .map((clients): [number, Figure] => [clients, figures[nameOf(script, clients)]])
      .reduce((one, other) => (other[1].perSecond > one[1].perSecond ? other : one));
  const rates = Object.entries(scripts).map(([script, atLeast]) => {
    const [clients, figure] = best(script);
    return comparison(`orders/s, to ${script} with ${clients} clients`, ours.perSecond, figure.perSecond, { atLeast });
  });
  const [script] = Object.keys(scripts);
  const [clients, plain] = best(script);
  const alone = [ON, OFF].map((mode) => figures[nameOf(mode, pace.connections[0])].p50);
  return {
    name: `ratios-${name}`,
    title: `Orders of ${title}: ${CONNECTIONS} connections beside pgbench at its best`,
    head: COMPARISON,
    rows: [
      ...rates,
      comparison(`p99 ms, to ${script} with ${clients} clients`, ours.p99, plain.p99, { atMost: 1 }),
      comparison(`p50 ms at ${pace.connections[0]} connection, to one transaction an order`, alone[0], alone[1], {
        atMost: NO_SLOWER,
      }),
    ],
  };
}
