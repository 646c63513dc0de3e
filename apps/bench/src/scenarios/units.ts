import { type Report, rounded } from '../report';
import { measureWarm, type Runs, type Scenario } from '../scenario';
import { PRODUCTS } from '../seed';
import { isMet } from '../statistics';

const CONNECTIONS = [1, 16];
const P50_ALONE = { atMost: 1.6 };
const PER_SECOND = { atLeast: 1_500 };

export const units: Scenario = {
  what: 'orders in a transaction each, without group commit',
  lasts: ({ rounds, seconds }) => CONNECTIONS.length * (rounds + 1) * (seconds + 0.7) + 15,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      const { url } = await bench.startApi(shop, { GROUP_COMMIT_LIMIT: '1' });
      const runsOf = (seconds: number): Runs =>
        Object.fromEntries(
          CONNECTIONS.map((connections) => [
            connections,
            () =>
              generator.run({
                ...{ url, connections, seconds, expected: 201 },
                plan: { kind: 'order', products: PRODUCTS, lines: 1 },
              }),
          ]),
        );
      const [alone, together] = Object.values(await measureWarm(runsOf, pace, log));
      const verdict = (met: boolean) => (met ? 'met' : 'MISSED');
      return [
        {
          name: 'units',
          title: 'Orders in a transaction each (GROUP_COMMIT_LIMIT=1), 10,000 products',
          head: ['', 'orders/s', 'p50 ms', 'p99 ms', 'target', ''],
          rows: [
            [
              ...['1 connection', ...[alone.perSecond, alone.p50, alone.p99].map(rounded)],
              ...[`p50 ≤ ${P50_ALONE.atMost} ms`, verdict(isMet(alone.p50, P50_ALONE))],
            ],
            [
              ...['16 connections', ...[together.perSecond, together.p50, together.p99].map(rounded)],
              ...[`≥ ${rounded(PER_SECOND.atLeast)}/s`, verdict(isMet(together.perSecond, PER_SECOND))],
            ],
          ],
        },
      ];
    }),
};
