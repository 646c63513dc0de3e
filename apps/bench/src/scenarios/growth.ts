import type { Plan } from '../load';
import { type Report, rounded } from '../report';
import { measure, type Runs, type Scenario, type Surroundings } from '../scenario';
import { CUSTOMERS, PRODUCTS, seedCustomers, seedOrders, withoutChecks } from '../seed';
import type { Figure } from '../statistics';
import { fillCatalogue } from './catalogue';

const CONNECTIONS = 64;
/** The customers of past orders: a crowd, and one customer whose own orders are listed. */
const CROWD = { first: CUSTOMERS + 1, last: 101_000 };
const ONE = { first: 1, last: 1 };
const ORDERS_OF_ONE = 1_000;
const SMALL = 10_000;
const BACKLOG = 1_000_000;
/** An order with all that it writes, its indexes, and the WAL of it. */
const GIGABYTES_PER_MILLION = 4;
/** The greatest slowdown at which size counts as irrelevant. */
const FLAT = 1.5;

const inFull = (count: number): string => count.toLocaleString('en-US');

/** The sizes of one database. A row that grows one of them keeps the others small. */
interface Size {
  orders: number;
  products: number;
  /** Whether their events wait for a worker. */
  pending?: boolean;
}

const nameOf = ({ orders, products, pending }: Size): string =>
  `${inFull(orders)} orders${pending ? ' whose events wait' : ''}, ${inFull(products)} products`;

export const growth: Scenario = {
  what: 'orders and history in ever larger tables, beside small ones',
  onlyByName: true,
  lasts: ({ rounds, seconds, orders, products }) =>
    4 * 6 * (rounds + 1) * (seconds + 0.7) + (orders + 2 * Math.min(orders, BACKLOG)) / 12_000 + products / 8_000 + 120,
  async run(around) {
    const { bench, pace, log } = around;
    const needed = 5 + (GIGABYTES_PER_MILLION * pace.orders) / 1e6;
    if (bench.freeGigabytes < needed)
      throw new Error(
        `${inFull(pace.orders)} orders need about ${Math.ceil(needed)} GB; ${Math.floor(bench.freeGigabytes)} are free.`,
      );
    const backlog = Math.min(BACKLOG, pace.orders);
    const small: Size = { orders: SMALL, products: PRODUCTS };
    const large: Size[] = [
      { ...small, orders: backlog },
      ...(pace.orders > backlog ? [{ ...small, orders: pace.orders }] : []),
      { ...small, products: pace.products },
      { ...small, orders: backlog, pending: true },
    ];
    const found: Found[] = [];
    await bench.inShop(async (shop) => {
      await fillOrders(around, shop, small);
      for (const size of large)
        await bench.inShop(async (largeShop) => {
          log(nameOf(size));
          await fillCatalogue(bench, largeShop, size.products, log);
          await fillOrders(around, largeShop, size);
          found.push({ size, figures: await look(around, [shop, small], [largeShop, size]) });
        }, 'always');
    }, 'always');
    return [reportOf(found)];
  },
};

/** By what was done, and where. */
interface Found {
  size: Size;
  figures: Record<string, Record<'small' | 'large', Figure>>;
}

function fillOrders({ bench, log }: Surroundings, shop: string, { orders, pending }: Size): Promise<void> {
  let done = 0;
  const advance = (more: number) => log(`${inFull((done += more))} orders of ${inFull(orders)}`);
  return bench.session(shop, async (query) => {
    await withoutChecks(query);
    await seedCustomers(query, CROWD.first, CROWD.last);
    const all = { products: PRODUCTS, delivered: !pending };
    await seedOrders(query, { ...all, first: 1, last: ORDERS_OF_ONE, customers: ONE }, () => (done = ORDERS_OF_ONE));
    await seedOrders(query, { ...all, first: ORDERS_OF_ONE + 1, last: orders, customers: CROWD }, advance);
    await query('VACUUM (ANALYZE)');
    await query('CHECKPOINT');
  });
}

async function look(
  { bench, generator, pace, log }: Surroundings,
  small: [shop: string, size: Size],
  large: [shop: string, size: Size],
): Promise<Found['figures']> {
  const runs: Runs = {};
  const plans: Record<string, (products: number) => Plan> = {
    'orders of one hot product': () => ({ kind: 'order', products: 1, lines: 1 }),
    'orders of all products': (products) => ({ kind: 'order', products, lines: 1 }),
    'pages of a history': () => ({ kind: 'get', paths: ['/v1/orders'], customer: 0 }),
  };
  const apis = [await bench.startApi(small[0]), await bench.startApi(large[0])];
  for (const [what, planOf] of Object.entries(plans))
    for (const [index, [, { products }]] of [small, large].entries()) {
      const plan = planOf(products);
      const load = { url: apis[index].url, connections: CONNECTIONS, seconds: pace.seconds, plan };
      runs[`${what} ${index}`] = () => generator.run({ ...load, expected: plan.kind === 'order' ? 201 : 200 });
    }
  await measure(runs, 1, () => undefined);
  const figures = await measure(runs, pace.rounds, log);
  await Promise.all(apis.map((api) => api.stop()));
  const pairs = Object.keys(plans).map((what) => [what, { small: figures[`${what} 0`], large: figures[`${what} 1`] }]);
  return Object.fromEntries(pairs) as Found['figures'];
}

function reportOf(found: Found[]): Report {
  return {
    name: 'growth',
    title: `Orders and history in large tables, beside ${inFull(SMALL)} orders and ${inFull(PRODUCTS)} products, ${CONNECTIONS} connections; flat is at most ${FLAT} × slower`,
    head: ['', '', 'per s', 'p50 ms', 'p99 ms', 'beside', 'slower', ''],
    rows: found.flatMap(({ size, figures }) =>
      Object.entries(figures).map(([what, { small, large }]) => {
        const slower = small.perSecond / large.perSecond;
        const cells = [large.perSecond, large.p50, large.p99, small.perSecond].map(rounded);
        return [nameOf(size), what, ...cells, `${slower.toFixed(2)} ×`, slower <= FLAT ? 'flat' : 'NOT FLAT'];
      }),
    ),
  };
}
