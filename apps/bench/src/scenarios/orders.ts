import { type Server } from '@holdfast/testbed';
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
/** The ratio up to which two runs count as equally fast: runs of one kind differ by as much. */
const NO_SLOWER = 1.05;

const ON = 'shared';
const OFF = 'alone';
const nameOf = (mode: string, many: number) => `${mode} ${many}`;

export const orders: Scenario = {
  what: 'orders placed, beside pgbench',
  lasts: ({ rounds, seconds, connections, clients }: Pace) =>
    3 * (rounds * (connections.length * 2 * (seconds + 0.7) + clients.length * 1.4 * (seconds + 0.2)) + 20),
  async run(around) {
    const tables: Report[] = [];
    const ratios: string[][] = [];
    for (const pattern of PATTERNS) {
      const figures = await placeOrders(pattern, around);
      tables.push(tableOf(pattern, figures, around.pace));
      if (around.pgbench !== undefined) ratios.push(...ratiosOf(pattern, figures, around.pace));
    }
    if (!ratios.length) return tables;
    const title = `Orders at ${CONNECTIONS} connections, beside pgbench with as many clients as suit it best`;
    return [...tables, { name: 'orders-ratios', title, head: COMPARISON, rows: ratios }];
  },
};

function placeOrders(
  { title, products, lines, scripts }: Pattern,
  { bench, generator, pace, pgbench, log }: Surroundings,
): Promise<Record<string, Figure>> {
  log(`orders of ${title}`);
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
    const figures = await measure(runs, pace.rounds, log);

    await yardstick?.close();
    return figures;
  });
}

const cells = ({ perSecond, p50, p99 }: Figure): string[] => [perSecond, p50, p99].map(rounded);

function tableOf({ name, title, scripts }: Pattern, figures: Record<string, Figure>, pace: Pace): Report {
  const scriptRows = Object.keys(scripts).flatMap((script) =>
    pace.clients
      .filter((clients) => figures[nameOf(script, clients)])
      .map((clients) => [
        `pgbench ${script}, clients: ${clients}`,
        ...cells(figures[nameOf(script, clients)]),
        '',
        '',
        '',
      ]),
  );
  const ours = pace.connections.map((connections) => [
    `Holdfast, connections: ${connections}`,
    ...cells(figures[nameOf(ON, connections)]),
    ...cells(figures[nameOf(OFF, connections)]),
  ]);
  return {
    name: `orders-${name}`,
    isDetail: true,
    title: `Orders of ${title}`,
    head: ['', 'orders/s', 'p50 ms', 'p99 ms', 'no group commit: orders/s', 'p50 ms', 'p99 ms'],
    rows: [...ours, ...scriptRows],
    chart: {
      unit: 'orders/s',
      bars: Object.entries(figures).map(([label, { perSecond }]) => ({ label, value: perSecond })),
    },
  };
}

function ratiosOf({ title, scripts }: Pattern, figures: Record<string, Figure>, { clients }: Pace): string[][] {
  const ours = figures[nameOf(ON, CONNECTIONS)];
  const best = (script: string): Figure =>
    clients
      .map((many) => figures[nameOf(script, many)])
      .reduce((one, other) => (other.perSecond > one.perSecond ? other : one));
  const [plain] = Object.keys(scripts);
  const [shared, alone] = [ON, OFF].map((mode) => figures[nameOf(mode, 1)].p50);
  return [
    ...Object.entries(scripts).map(([script, atLeast]) =>
      comparison(`${title}: orders/s, to ${script}`, ours.perSecond, best(script).perSecond, { atLeast }),
    ),
    comparison(`${title}: p99 ms, to ${plain}`, ours.p99, best(plain).p99, { atMost: 1 }),
    comparison(`${title}, one at a time: p50 ms, to no group commit`, shared, alone, { atMost: NO_SLOWER }),
  ];
}
