import { MAX_QUANTITY } from '@holdfast/shared-kernel';
import { type Load, LoadGenerator, type Plan } from '../load';
import { comparison, COMPARISON, type Report, rounded } from '../report';
import { measureWarm, type Runs, type Scenario } from '../scenario';
import { productId, PRODUCTS } from '../seed';
import { type Figure, isMet } from '../statistics';

type Traffic = Omit<Load, 'url' | 'seconds'>;
/** What is served, and what is sent meanwhile to disturb it. */
type Pair = [served: Traffic, hostile?: Traffic];

const ATTACKERS = 10;
/** Two calls of one attacker at a time: two of one customer can meet in a batch. */
const ATTACKING = 2 * ATTACKERS;
const PLACING: Traffic = {
  ...{ connections: 16, expected: 201 },
  plan: { kind: 'order', products: PRODUCTS, lines: 1 },
};
const HOLDING: Traffic = { connections: 64, expected: 200, plan: { kind: 'hold', products: PRODUCTS } };

type Bodies = Extract<Plan, { kind: 'send' }>['bodies'];

/** Two JSON bodies of so many bytes: an object of unknown keys, and a list of empty items, as many as there is room. */
function bodiesFor(method: Bodies[0]['method'], path: string, bytes: number, most = Infinity): Bodies {
  const fitting = (room: number) => ({ length: Math.floor(Math.min(room, most)) });
  const keys = Array.from(fitting((bytes - 2) / 11), (_, n) => `"k${String(n).padStart(5, '0')}":0`);
  const items = Array.from(fitting((bytes - 12) / 3), () => '{}');
  return [`{${keys.join()}}`, `{"items":[${items.join()}]}`].map((body) => ({
    method,
    path,
    body: body.padEnd(bytes),
  }));
}

const HOSTILE_BODIES: Record<string, Pick<Traffic, 'plan' | 'expected'>> = {
  '350 kB to orders and log-in, 413': {
    expected: 413,
    plan: {
      kind: 'send',
      bodies: ['/v1/orders', '/v1/auth/token'].flatMap((path) => bodiesFor('POST', path, 350_000)),
    },
  },
  '32 KiB to orders, 8 KiB to log-in, 400': {
    expected: 400,
    plan: {
      kind: 'send',
      bodies: [...bodiesFor('POST', '/v1/orders', 32_768), ...bodiesFor('POST', '/v1/auth/token', 8_192)],
    },
  },
  '256 KiB to the account, 400': {
    expected: 400,
    plan: { kind: 'send', bodies: bodiesFor('PATCH', '/v1/customers/me', 262_144) },
  },
  '256 KiB of 1,000 values to the account, 400': {
    expected: 400,
    plan: { kind: 'send', bodies: bodiesFor('PATCH', '/v1/customers/me', 262_144, 999) },
  },
};
const RATES = [3, 30];
const UNDISTURBED = 'no attack';
const BODIES: Record<string, Pair> = { [UNDISTURBED]: [PLACING] };
for (const [what, bodies] of Object.entries(HOSTILE_BODIES))
  for (const rate of RATES) BODIES[`${what}, ${rate}/s`] = [PLACING, { ...bodies, connections: 1, rate }];

/** Of more units than there are: the call changes the cart before the product refuses. */
const REFUSED: Traffic = {
  ...{ connections: ATTACKING, expected: 409 },
  plan: {
    kind: 'send',
    bodies: [
      { method: 'PUT', path: `/v1/cart/items/${productId(1)}`, body: JSON.stringify({ quantity: MAX_QUANTITY }) },
    ],
  },
};
const ACCEPTED: Traffic = { ...HOLDING, connections: ATTACKING };
const CROWDED = { 'holds/s': HOLDING, 'orders/s': { ...PLACING, connections: HOLDING.connections } };
const CROWDS: Record<string, Pair> = {};
for (const [what, served] of Object.entries(CROWDED)) {
  CROWDS[`${what} alone`] = [served];
  CROWDS[`${what} accepted`] = [served, ACCEPTED];
  CROWDS[`${what} refused`] = [served, REFUSED];
}

const PAIRS = { ...BODIES, ...CROWDS };

export const attack: Scenario = {
  what: 'orders and carts of others during an attack, beside the same without it',
  lasts: ({ rounds, seconds }) =>
    Object.keys(PAIRS).length * (rounds * (seconds + 0.7) + Math.min(seconds, 1) + 0.7) + 15,
  run: ({ bench, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      const { url } = await bench.startApi(shop, { RATE_LIMIT_LOGINS_PER_MINUTE: '1000000' });
      const customers = LoadGenerator.start(bench.tokens.slice(ATTACKERS));
      const attackers = LoadGenerator.start(bench.tokens.slice(0, ATTACKERS));
      const runsOf = (seconds: number): Runs => {
        const runs: Runs = {};
        for (const [name, [served, hostile]] of Object.entries(PAIRS))
          runs[name] = async () => {
            const both = [customers.run({ ...served, url, seconds })];
            if (hostile) both.push(attackers.run({ ...hostile, url, seconds }));
            return (await Promise.all(both))[0];
          };
        return runs;
      };
      const figures = await measureWarm(runsOf, pace, log);
      for (const generator of [customers, attackers]) generator.stop();
      return [bodiesReport(figures), crowdsReport(figures)];
    }),
};

/** The greatest slowdown of the middle order while bodies are refused. */
const SLOWER = { atMost: 2 };

function bodiesReport(figures: Record<string, Figure>): Report {
  const rows = Object.keys(BODIES).map((name) => {
    const { perSecond, p50, p99 } = figures[name];
    const ratio = p50 / figures[UNDISTURBED].p50;
    const verdict = [`≤ ${SLOWER.atMost} ×`, isMet(ratio, SLOWER) ? 'met' : 'MISSED'];
    const compared = name === UNDISTURBED ? ['', '', ''] : [`${ratio.toFixed(2)} ×`, ...verdict];
    return [name, ...[perSecond, p50, p99].map(rounded), ...compared];
  });
  return {
    name: 'attack-bodies',
    title: `Orders at ${PLACING.connections} connections while one address sends bodies that are refused`,
    head: ['', 'orders/s', 'p50 ms', 'p99 ms', 'p50 ratio', 'target', ''],
    rows,
    notes: ['The bodies are objects of unknown keys and lists of empty items, in turn. No rate limit is in reach.'],
  };
}

/** Equal shares of the work would leave the others 64 of 84 parts: 0.76. */
const LEFT = { atLeast: 0.5 };

function crowdsReport(figures: Record<string, Figure>): Report {
  const rateOf = (name: string) => figures[name].perSecond;
  return {
    name: 'attack-refusals',
    title: `${HOLDING.connections} connections of others while ${ATTACKERS} customers send changes of their carts that are refused, ${ATTACKING} at a time`,
    head: COMPARISON.with(1, 'attacked').with(2, 'beside'),
    rows: Object.keys(CROWDED).flatMap((what) => [
      comparison(`${what}, to no attack`, rateOf(`${what} refused`), rateOf(`${what} alone`), LEFT),
      comparison(`${what}, to as many that are accepted`, rateOf(`${what} refused`), rateOf(`${what} accepted`)),
    ]),
  };
}
