import { comparison, COMPARISON, type Report, rounded } from '../report';
import { measure, type Runs, type Scenario } from '../scenario';
import { PRODUCTS, seedOrders } from '../seed';

const CONNECTIONS = 64;
const LIST = '/v1/products?limit=20';
const OF_BARE = 0.7;
const ORDERS_OF_ONE = 1_000;

/** Long enough that no run meets its end. */
const CACHED = { CATALOGUE_CACHE_TTL: '10m', IDEMPOTENCY_TTL: '24h' };
const UNCACHED = { CATALOGUE_CACHE_TTL: '0' };

export const list: Scenario = {
  what: 'pages of the product list, beside a bare Fastify route that answers the same bytes',
  lasts: ({ rounds, seconds }) => 6 * (rounds + 0.3) * (seconds + 0.7) + 15,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      const cached = await bench.startApi(shop, CACHED);
      const uncached = await bench.startApi(shop, UNCACHED);
      const answer = await fetch(cached.url + LIST, { headers: { 'accept-encoding': 'identity' } });
      const etag = answer.headers.get('etag');
      if (!answer.ok || etag === null) throw new Error(`The product list was answered ${answer.status}.`);
      const body = await answer.text();
      const bare = await bench.startBareRoute(body, etag);

      const get = (url: string, path: string, headers: Record<string, string> = {}, expected = 200) =>
        generator.run({
          ...{ url, connections: CONNECTIONS, seconds: pace.seconds, expected },
          plan: { kind: 'get', paths: [path], headers },
        });
      const known = { 'if-none-match': etag };
      const runs = {
        cold: () => get(uncached.url, LIST),
        cached: () => get(cached.url, LIST),
        'cached, compressed (br)': () => get(cached.url, LIST, { 'accept-encoding': 'gzip, deflate, br' }),
        bare: () => get(bare.url, '/list'),
        'not modified (304)': () => get(cached.url, LIST, known, 304),
        'bare, not modified (304)': () => get(bare.url, '/list', known, 304),
      } satisfies Runs;
      for (const run of Object.values(runs)) await run();
      const figures = await measure(runs, pace.rounds, log);
      return [
        {
          name: 'list',
          title: `Product list, 20 of ${PRODUCTS.toLocaleString('en-US')} products (${body.length} bytes), ${CONNECTIONS} connections`,
          head: ['', 'requests/s', 'p50 ms', 'p99 ms'],
          rows: Object.entries(figures).map(([name, { perSecond, p50, p99 }]) => [
            name,
            ...[perSecond, p50, p99].map(rounded),
          ]),
          chart: {
            unit: 'requests/s',
            bars: Object.entries(figures).map(([label, { perSecond }]) => ({ label, value: perSecond })),
          },
        },
        {
          name: 'list-ratios',
          title: 'Product list beside a bare Fastify route',
          head: COMPARISON,
          rows: [
            comparison('cached, requests/s', figures.cached.perSecond, figures.bare.perSecond, { atLeast: OF_BARE }),
            comparison('cold, requests/s', figures.cold.perSecond, figures.bare.perSecond),
            comparison(
              'not modified, requests/s',
              figures['not modified (304)'].perSecond,
              figures['bare, not modified (304)'].perSecond,
            ),
          ],
        },
      ];
    }),
};

export const history: Scenario = {
  what: `the first page of a customer's ${ORDERS_OF_ONE.toLocaleString('en-US')} orders`,
  lasts: ({ rounds, seconds }) => (rounds + 1) * (seconds + 0.7) + 10,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      const all = { first: 1, last: ORDERS_OF_ONE, customers: { first: 1, last: 1 }, products: PRODUCTS };
      await bench.session(shop, (query) => seedOrders(query, { ...all, delivered: true }, () => undefined));
      const { url } = await bench.startApi(shop);
      const runs: Runs = {};
      for (const connections of [1, CONNECTIONS])
        runs[`${connections} at a time`] = () =>
          generator.run({
            ...{ url, connections, seconds: pace.seconds, expected: 200 },
            plan: { kind: 'get', paths: ['/v1/orders'], customer: 0 },
          });
      await runs[`${CONNECTIONS} at a time`]();
      const figures = Object.entries(await measure(runs, pace.rounds, log));
      return [
        {
          name: 'history',
          title: `Order history: 20 of a customer's ${ORDERS_OF_ONE.toLocaleString('en-US')} orders`,
          head: ['', 'pages/s', 'p50 ms', 'p99 ms'],
          rows: figures.map(([name, { perSecond, p50, p99 }]) => [name, ...[perSecond, p50, p99].map(rounded)]),
        },
      ];
      // Its orders are older than a payment may be.
    }, 'always'),
};
