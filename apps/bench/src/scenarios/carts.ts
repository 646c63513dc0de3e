import { type Report, rounded } from '../report';
import { measure, type Runs, type Scenario } from '../scenario';
import { PRODUCTS } from '../seed';

const CONNECTIONS = 64;
const PATTERNS = { 'one hot product': 1, '3,000 products, three a cart': PRODUCTS };

export const carts: Scenario = {
  what: 'products put into carts, each a hold on stock',
  lasts: ({ rounds, seconds }) => 2 * (rounds + 1) * (seconds + 0.7) + 15,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      const { url } = await bench.startApi(shop);
      const runs: Runs = {};
      for (const [name, products] of Object.entries(PATTERNS))
        runs[name] = () =>
          generator.run({
            ...{ url, connections: CONNECTIONS, seconds: pace.seconds },
            ...{ plan: { kind: 'hold', products }, expected: 200 },
          });
      // The first round makes the carts, the later ones change them.
      await measure(runs, 1, () => undefined);
      const figures = Object.entries(await measure(runs, pace.rounds, log));
      return [
        {
          name: 'carts',
          title: `Products put into carts, ${CONNECTIONS} connections`,
          head: ['', 'holds/s', 'p50 ms', 'p99 ms'],
          rows: figures.map(([name, { perSecond, p50, p99 }]) => [name, ...[perSecond, p50, p99].map(rounded)]),
          chart: { unit: 'holds/s', bars: figures.map(([label, { perSecond }]) => ({ label, value: perSecond })) },
        },
      ];
    }),
};
