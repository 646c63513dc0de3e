import type { Report } from '../report';
import { rounded } from '../report';
import { measure, type Runs, type Scenario, type Surroundings } from '../scenario';
import { CUSTOMERS, PRODUCTS, seedCustomers, seedOrders } from '../seed';
import type { Figure } from '../statistics';
import { fillCatalogue } from './catalogue';

const CONNECTIONS = 64;
/** Whose orders of the past they are: a crowd; and one, who looks at his own. */
const CROWD = { first: CUSTOMERS + 1, last: 101_000 };
const ONE = { first: 1, last: 1 };
const ORDERS_OF_ONE = 1_000;
const SMALL = 10_000;
const BACKLOG = 1_000_000;
/** An order with all that it writes, its indexes, and the WAL of it. */
const GIGABYTES_PER_MILLION = 4;
/** Up to it, size does not matter. */
const FLAT = 1.5;

const inFull = (count: number): string => count.toLocaleString('en-US');

export const growth: Scenario = {
  what: 'orders and history in ever larger tables',
  onlyByName: true,
  lasts: ({ rounds, seconds, orders, products }) =>
    5 * 4 * (rounds + 1) * (seconds + 0.7) + (orders + 2 * Math.min(orders, BACKLOG)) / 12_000 + products / 8_000 + 120,
  async run(around) {
    const { bench, pace, say } = around;
    const needed = 5 + (GIGABYTES_PER_MILLION * pace.orders) / 1e6;
    if (bench.freeGigabytes < needed)
      throw new Error(
        `${inFull(pace.orders)} orders need about ${Math.ceil(needed)} GB; ${Math.floor(bench.freeGigabytes)} are free.`,
      );
    const backlog = Math.min(BACKLOG, pace.orders);
    const found: Record<string, Record<string, Figure>> = {};

    for (const products of [PRODUCTS, pace.products])
      await bench.inShop(async (shop) => {
        await fillCatalogue(bench, shop, products, say);
        const sizes = products === PRODUCTS ? [...new Set([SMALL, backlog, pace.orders])] : [SMALL];
        let orders = 0;
        for (const size of sizes) {
          await fillOrders(around, shop, orders + 1, size, true);
          orders = size;
          found[`${inFull(orders)} orders, ${inFull(products)} products`] = await look(around, shop, products);
        }
      }, 'always');
    await bench.inShop(async (shop) => {
      await fillOrders(around, shop, 1, backlog, false);
      found[`${inFull(backlog)} orders whose events wait`] = await look(around, shop, PRODUCTS);
    }, 'always');
    return [reportOf(found)];
  },
};

async function fillOrders({ bench, say }: Surroundings, shop: string, first: number, last: number, delivered: boolean) {
  let done = first - 1;
  await bench.session(shop, async (query) => {
    if (first === 1) await seedCustomers(query, CROWD.first, CROWD.last);
    const orders = { products: PRODUCTS, delivered };
    const advance = (more: number) => say(`${inFull((done += more))} orders of ${inFull(last)}`);
    if (first === 1) await seedOrders(query, { ...orders, first, last: ORDERS_OF_ONE, customers: ONE }, advance);
    const rest = Math.max(first, ORDERS_OF_ONE + 1);
    await seedOrders(query, { ...orders, first: rest, last, customers: CROWD }, advance);
    await query('VACUUM (ANALYZE)');
    await query('CHECKPOINT');
  });
}

async function look({ bench, generator, pace, say }: Surroundings, shop: string, products: number) {
  const api = await bench.startApi(shop);
  const load = { url: api.url, connections: CONNECTIONS, seconds: pace.seconds };
  const runs: Runs = {
    'orders of one hot product': () =>
      generator.run({ ...load, plan: { kind: 'order', products: 1, lines: 1 }, expected: 201 }),
    'orders of all products': () =>
      generator.run({ ...load, plan: { kind: 'order', products, lines: 1 }, expected: 201 }),
    'pages of a history': () =>
      generator.run({ ...load, plan: { kind: 'get', paths: ['/v1/orders'], customer: 0 }, expected: 200 }),
  };
  await measure(runs, 1, () => undefined);
  const figures = await measure(runs, pace.rounds, say);
  await api.stop();
  return figures;
}

function reportOf(found: Record<string, Record<string, Figure>>): Report {
  const [smallest] = Object.values(found);
  return {
    name: 'growth',
    title: `Orders and history in ever larger tables, ${CONNECTIONS} connections; flat is at most ${FLAT} × slower than the smallest`,
    head: ['', '', 'per s', 'p50 ms', 'p99 ms', 'slower', ''],
    rows: Object.keys(smallest).flatMap((what) =>
      Object.entries(found).map(([where, figures]) => {
        const slower = smallest[what].perSecond / figures[what].perSecond;
        const { perSecond, p50, p99 } = figures[what];
        const verdict = slower <= FLAT ? 'flat' : 'NOT FLAT';
        return [what, where, ...[perSecond, p50, p99].map(rounded), `${slower.toFixed(2)} ×`, verdict];
      }),
    ),
  };
}
