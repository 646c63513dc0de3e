/**
 * Behind `npm run bench`: starts a PostgreSQL and the built API, loads them with orders and requests, and prints what
 * they did beside what plain SQL, and plain Fastify, do on the same machine in the same minutes. Leaves nothing behind
 * but `bench-results/`.
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { LoadGenerator } from './load';
import { running } from '@holdfast/testbed';
import { PromiseBroken } from './promise';
import { markdown, print, type Report, save, writePage } from './report';
import type { Pace, Scenario } from './scenario';
import { attack } from './scenarios/attack';
import { carts } from './scenarios/carts';
import { catalogue } from './scenarios/catalogue';
import { growth } from './scenarios/growth';
import { burst, life, overload } from './scenarios/life';
import { mixed } from './scenarios/mixed';
import { orders } from './scenarios/orders';
import { profile } from './scenarios/profile';
import { history, list } from './scenarios/reads';
import { resources } from './scenarios/resources';
import { search } from './scenarios/search';
import { units } from './scenarios/units';
import { Bench } from './servers';
import { findPgbench } from './yardstick';

const SCENARIOS: Record<string, Scenario> = {
  ...{ orders, units, carts, list, history, mixed, attack, resources, life, burst, overload },
  ...{ catalogue, search, growth, profile },
};

const FULL: Pace = {
  ...{ rounds: 3, seconds: 3, connections: [1, 16, 64, 256], clients: [1, 16, 64] },
  ...{ sustained: 60, burst: 10_000, orders: 10_000_000, products: 1_000_000 },
};
const QUICK: Pace = {
  ...{ rounds: 1, seconds: 1, connections: [1, 64], clients: [16] },
  ...{ sustained: 5, burst: 200, orders: 100_000, products: 100_000 },
};

const USAGE = `usage: npm run bench -- [--quick] [--only <${Object.keys(SCENARIOS).join('|')}>] [--orders <rows>] [--docs]`;

class BadUsage extends Error {}

const log = (line: string): void => console.log(`  ${line}`);
const minutes = (seconds: number): string => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

function options() {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { quick: flag, docs: flag, only: text, orders: text } });
  const { only } = values;
  if (only !== undefined && !Object.hasOwn(SCENARIOS, only)) throw new BadUsage(`There is no scenario "${only}".`);
  const pace = { ...(values.quick ? QUICK : FULL), ...(values.orders && { orders: Number(values.orders) }) };
  if (!Number.isInteger(pace.orders) || pace.orders < 1) throw new BadUsage('--orders is a number of rows.');
  if (values.docs && (only || values.quick)) throw new BadUsage('--docs is for a whole run.');
  const chosen = Object.entries(SCENARIOS).filter(([name, { onlyByName }]) => (only ? name === only : !onlyByName));
  return { ...values, pace, chosen };
}

async function measureAll(bench: Bench, { pace, chosen, quick, docs }: ReturnType<typeof options>): Promise<void> {
  const pgbench = findPgbench();
  if (!pgbench)
    log('There is no pgbench here, neither on PATH nor in /usr/lib/postgresql: nothing is compared with it.');
  log(`about ${minutes(15 + chosen.reduce((sum, [, scenario]) => sum + scenario.lasts(pace), 0))}`);
  const began = performance.now();
  log('starting PostgreSQL, and filling a shop');
  await bench.start();
  const generator = LoadGenerator.start(bench.tokens);
  const reports: Report[] = [];
  for (const [name, scenario] of chosen) {
    console.log(`\n${name}: ${scenario.what} (about ${minutes(scenario.lasts(pace))})`);
    const found = await scenario.run({ bench, generator, pace, pgbench, log });
    found.forEach(print);
    reports.push(...found);
  }

  const where = `${cpus().length} cores (${cpus()[0].model}) shared by load, API and database, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, PostgreSQL ${bench.postgresVersion}, fsync and synchronous_commit on`;
  const content = [`Measured on ${where}.`, ...reports.filter(({ isDetail }) => !isDetail).map(markdown)].join('\n\n');
  console.log(`\n${content}\n`);
  log(`${minutes((performance.now() - began) / 1_000)}; figures and charts are in ${save(reports, { where, pace })}`);
  if (quick) log('Runs as short as these show that it works, and not how fast it is.');
  if (docs) writePage(content);
}

async function main(): Promise<number> {
  const wanted = options();
  const bench = new Bench();
  const interrupted = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(130));
  });
  try {
    return await Promise.race([measureAll(bench, wanted).then(() => 0), interrupted]);
  } finally {
    await running.stopAll();
    await bench.stop();
  }
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    if (error instanceof BadUsage) console.error(`${error.message}\n${USAGE}`);
    else console.error(error instanceof PromiseBroken ? error.message : error);
    process.exit(1);
  },
);
