/**
 * Behind `npm run demo`: the sample's day as its customers would live it through the API, the promise checked in SQL
 * meanwhile and afterwards, and a report of both. It is safe to repeat, and the report mentions that.
 */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import {
  type Account,
  checkInvariants,
  Dispatch,
  type Finding,
  loadShop,
  ordersOf,
  pounds,
  readSample,
  type Running,
  RUNNING,
  type Sample,
  schemaRefuses,
  showProgress,
  TradingDay,
  type Traffic,
  UnexpectedAnswer,
  Unreachable,
} from '@holdfast/testbed';

interface Target {
  baseUrl: string;
  admin: Account;
  /** Without it the promise cannot be checked. */
  databaseUrl?: string;
}

interface Checked {
  snapshots: number;
  /** A violation that stays is found in every snapshot and reported once. */
  findings: { id: string; statement: string; violations: string[] }[];
}

/** An error that the user can fix: the message explains how. */
class CannotReplay extends Error {}

const BETWEEN_CHECKS_MS = 500;
const MOST_SHOWN = 5;

async function main(): Promise<number> {
  const target = readTarget();
  await expectReady(target);
  const sample = readSample();
  announce(sample, target.baseUrl);

  const traffic: Traffic = { requests: 0, repeated: 0 };
  const day = new TradingDay({ ...target, traffic }, await loadShop(target));
  const began = performance.now();
  const dispatch = new Dispatch(day);
  const trading = new AbortController();
  const [, checked] = await Promise.all([
    live(sample, day, dispatch).finally(() => trading.abort()),
    target.databaseUrl === undefined ? undefined : checkWhile(target.databaseUrl, trading.signal),
  ]);

  reportDay(day, dispatch, traffic, performance.now() - began);
  return reportChecks(checked) && day.unexpected.length === 0 ? 0 : 1;
}

/** Sells, then ships what is paid, then takes back what customers return. */
async function live({ invoices }: Sample, day: TradingDay, dispatch: Dispatch): Promise<void> {
  const selling = showProgress('Replaying invoices', invoices.length);
  await day.replay(invoices, () => selling.advance());
  selling.end();
  const shipping = showProgress('Shipping orders as they are paid', day.orders.length);
  await dispatch.ship(() => shipping.advance());
  shipping.end();
  await dispatch.takeBack(invoices);
}

/** The service that `npm start` runs, unless the environment names another. */
function readTarget(): Target {
  const { BASE_URL, DATABASE_URL, ADMIN_USERNAME, ADMIN_PASSWORD } = process.env;
  // Another service has another database and another admin.
  const ours = BASE_URL || !existsSync(RUNNING) ? undefined : (JSON.parse(readFileSync(RUNNING, 'utf8')) as Running);
  const baseUrl = (BASE_URL || ours?.url)?.replace(/\/$/, '');
  const username = ADMIN_USERNAME || ours?.admin.username;
  const password = ADMIN_PASSWORD || ours?.admin.password;
  if (!baseUrl)
    throw new CannotReplay(
      'Holdfast does not run here: npm start in another terminal, or name a service in BASE_URL, DATABASE_URL, ' +
        'ADMIN_USERNAME and ADMIN_PASSWORD.',
    );
  if (!username || !password) throw new CannotReplay('BASE_URL needs ADMIN_USERNAME and ADMIN_PASSWORD beside it.');
  return { baseUrl, admin: { username, password }, databaseUrl: DATABASE_URL || ours?.databaseUrl };
}

/** Checks the service and its database before the first order. Throws {@link CannotReplay}. */
async function expectReady({ baseUrl, databaseUrl }: Target): Promise<void> {
  const isRunning = 'is it still running? npm start in another terminal starts it.';
  const health = `${baseUrl}/health/ready`;
  const { ok, status } = await fetch(health, { signal: AbortSignal.timeout(5_000) }).catch((error: Error) => {
    throw new CannotReplay(`${baseUrl} does not answer (${reasonOf(error.cause ?? error)}): ${isRunning}`);
  });
  if (!ok) throw new CannotReplay(`${health} answers ${status}: ${isRunning}`);
  if (databaseUrl !== undefined)
    await checkInvariants(databaseUrl, 'always').catch((error: unknown) => {
      throw new CannotReplay(
        `The database cannot be looked at (${reasonOf(error)}): does DATABASE_URL name the right one?`,
      );
    });
}

/** A connection that was tried on several addresses fails with a message for each, and none of its own. */
const reasonOf = (error: unknown): string =>
  error instanceof AggregateError ? error.errors.map(reasonOf).join(', ') : (error as Error).message;

function announce({ invoices, skipped }: Sample, baseUrl: string): void {
  const count = (kind: string) => invoices.filter((invoice) => invoice.kind === kind).length;
  const customers = new Set(invoices.map(({ customer }) => customer)).size;
  console.log(
    `Replaying 1 December 2010 at ${baseUrl}\n\n` +
      `  ${count('sale')} sales, ${count('cancellation')} returns and ${count('correction')} stock correction, ` +
      `for ${customers} customers; ${skipped.length} lines of the file are left out\n` +
      '  (libs/testbed/data/README.md lists them, and why)',
  );
  for (const invoice of invoices.filter((each) => ordersOf(each).length > 1))
    console.log(
      `  Invoice ${invoice.number} has ${invoice.lines.length} lines: sent as ${ordersOf(invoice).length} orders`,
    );
}

/** The promise holds in every snapshot, not only when all is done. */
async function checkWhile(databaseUrl: string, trading: AbortSignal): Promise<Checked> {
  const snapshots: Finding[][] = [];
  while (!trading.aborted) {
    snapshots.push(await checkInvariants(databaseUrl, 'always'));
    // The signal ends the sleep when the day is over.
    await sleep(BETWEEN_CHECKS_MS, undefined, { signal: trading }).catch(() => undefined);
  }
  snapshots.push(await checkInvariants(databaseUrl, 'always'));
  const findings = snapshots[0].map(({ id, statement }, index) => {
    const violations = snapshots.flatMap((snapshot) => snapshot[index].violations);
    return { id, statement, violations: [...new Set(violations.map((violation) => JSON.stringify(violation)))] };
  });
  const statement = 'The schema itself refuses what must never be stored.';
  findings.push({ id: 'INV-32', statement, violations: await schemaRefuses(databaseUrl) });
  return { snapshots: snapshots.length, findings };
}

function reportDay(day: TradingDay, dispatch: Dispatch, traffic: Traffic, milliseconds: number): void {
  const done = ({ fresh, replayed }: TradingDay['placed']) =>
    `${fresh + replayed}` + (replayed > 0 ? `, of which ${replayed} replayed` : '');
  const sterling = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' });
  const rule = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({ chars: rule, style: { border: [] } });
  table.push(
    ['Orders placed', done(day.placed)],
    ['  at other prices than expected', day.placedAtOtherPrice],
    ...[...day.refused].map(([reason, count]) => [`Refused: ${reason}`, count]),
    ['Stock corrected', done(day.corrected)],
    ['Products held in carts', day.holds.made],
    ['  and ordered', day.holds.ordered],
    ['  left behind, still held', day.holds.alive],
    ['  left behind, expired', day.holds.expired],
    ['Units sold', day.unitsSold.toLocaleString('en-GB')],
    ['Revenue', sterling.format(pounds(day.revenue) as `${number}`)],
    ['Shipments', done(dispatch.shipments)],
    ['  orders not shipped, because not paid', dispatch.notPaid],
    ['Units shipped', dispatch.units.shipped.toLocaleString('en-GB')],
    ['Returns', done(dispatch.returns)],
    ['  nothing to return: bought before that day', dispatch.boughtEarlier],
    ['Units returned, for sale again', dispatch.units.restocked],
    ['Units written off', dispatch.units.writtenOff],
    ['Refunded', sterling.format(pounds(dispatch.refunded) as `${number}`)],
    [
      'Requests',
      `${traffic.requests} in ${(milliseconds / 1_000).toFixed(1)} s, of which ${traffic.repeated} repeated`,
    ],
  );
  console.log(`\n${table.toString()}\n`);
  for (const answer of day.unexpected) console.error(`  Unexpected: ${answer}`);

  const deeds = [day.placed, day.corrected, dispatch.shipments, dispatch.returns];
  const fresh = deeds.reduce((sum, deed) => sum + deed.fresh, 0);
  console.log(
    fresh === 0
      ? 'Nothing changed: all this was done by an earlier run, and its idempotency keys replayed the answers.\n'
      : 'Run it again if you like: for 24 hours its idempotency keys replay the answers, and nothing is sold twice.\n',
  );
}

/** Whether everything holds. */
function reportChecks(checked: Checked | undefined): boolean {
  if (!checked) {
    console.log('The promise was not checked in the database: DATABASE_URL is not set.');
    return true;
  }
  console.log(`The promise, checked in ${checked.snapshots} snapshots during the day and after it:\n`);
  for (const { id, statement, violations } of checked.findings) {
    console.log(`  ${violations.length === 0 ? '✓' : '✗'} ${id}  ${statement}`);
    for (const violation of violations.slice(0, MOST_SHOWN)) console.log(`      ${violation}`);
  }
  return checked.findings.every(({ violations }) => violations.length === 0);
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const explained = [CannotReplay, Unreachable, UnexpectedAnswer].some((type) => error instanceof type);
    console.error(explained ? (error as Error).message : error);
    // Ends the requests of other customers too.
    process.exit(1);
  },
);
