import type { LoadReport, Plan } from '../load';
import { type Report, rounded } from '../report';
import type { Scenario } from '../scenario';
import { CATEGORY, categoryId, CUSTOMERS, productId, PRODUCTS } from '../seed';
import { medianOf } from '../statistics';

const CONNECTIONS = 64;

/** What customers look at: pages, searches, categories, and most of all single products. */
const PAGES = [
  ...['', '&sort=price', '&sort=-createdAt', '&q=kettle', '&q=silent+lamp', `&category=${categoryId(CATEGORY)}`].map(
    (query) => `/v1/products?limit=20${query}`,
  ),
  ...Array.from({ length: 24 }, (_, n) => `/v1/products/${productId(1 + ((n * 397) % PRODUCTS))}`),
];

const PARTS: { name: string; share: number; plan: Plan; expected: number }[] = [
  { name: 'browse', share: 80, plan: { kind: 'get', paths: PAGES }, expected: 200 },
  { name: 'cart', share: 15, plan: { kind: 'hold', products: CUSTOMERS * 3 }, expected: 200 },
  { name: 'order', share: 5, plan: { kind: 'order', products: PRODUCTS, lines: 2 }, expected: 201 },
];

export const mixed: Scenario = {
  what: 'what a shop sees: browsing, carts and orders together',
  lasts: ({ rounds, seconds }) => (rounds + 1) * (seconds + 0.7) + 15,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      const { url } = await bench.startApi(shop);
      const send = (seconds: number) =>
        generator.run({
          ...{ url, connections: CONNECTIONS, seconds, expected: 200 },
          plan: { kind: 'mix', parts: PARTS },
        });
      await send(Math.min(pace.seconds, 1));
      const runs: LoadReport[] = [];
      while (runs.length < pace.rounds) {
        log(`round ${runs.length + 1} of ${pace.rounds}`);
        runs.push(await send(pace.seconds));
      }
      const row = (label: string, of: (run: LoadReport) => LoadReport['parts'][string]) => {
        const { perSecond, p50, p99 } = medianOf(runs.map(of));
        return [label, ...[perSecond, p50, p99].map(rounded)];
      };
      return [
        {
          name: 'mixed',
          title: `Browsing, carts and orders together, ${CONNECTIONS} connections`,
          head: ['', 'requests/s', 'p50 ms', 'p99 ms'],
          rows: [
            ...PARTS.map(({ name, share }) => row(`${name}, ${share} %`, ({ parts }) => parts[name])),
            row('all', (run) => run),
          ],
        },
      ];
    }),
};
