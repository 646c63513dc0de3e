/**
 * Runs Holdfast for `npm start`: PostgreSQL unless DATABASE_URL names one, the API, the worker, a payment simulator
 * unless PAYMENT_PROVIDERS names another provider, an administrator, a customer and a shop. Ctrl-C stops everything,
 * the database last; the data stay in `.holdfast`. Under `npm run dev`, API and worker restart after each compile.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CannotStart,
  type EmbeddedPostgres,
  freePort,
  HOME,
  isFreePort,
  loadShop,
  type Running,
  RUNNING,
  startEmbeddedPostgres,
  untilDatabaseAnswers,
} from '@holdfast/testbed';
import { kept, newSecret, newSigningKey, openAccounts } from './accounts';
import { logOf, seeLog, Services, shortPath, untilReady } from './services';

interface Ending {
  exitCode: number;
  reason?: string;
}

/** The demonstration is of a wholesaler, and sends many requests from one address; limits of the environment win. */
const LIMITS = {
  RATE_LIMIT_ORDERS_PER_MINUTE: '10000',
  RATE_LIMIT_LOGINS_PER_MINUTE: '10000',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '100000',
  CART_LINE_LIMIT: '5000',
  CART_LIMIT: '20000',
  UNPAID_ORDER_LIMIT: '100',
  UNPAID_UNITS_LIMIT: '100000',
};

let postgres: Promise<EmbeddedPostgres> | undefined;
let isAnnounced = false;
let isStopping = false;
let end: (ending: Ending) => void;
const ended = new Promise<Ending>((resolve) => (end = resolve));
/** Under `npm run dev` a change may break a service, and the next change mends it. */
const services = new Services((reason) => (isAnnounced && process.send ? print(reason) : end({ exitCode: 1, reason })));

async function start(): Promise<void> {
  const { host, port, url } = await freeAddress();
  mkdirSync(HOME, { recursive: true });
  // PostgreSQL, which does not run as root, has to pass through the folder; nobody may list it.
  chmodSync(HOME, 0o711);

  const given = process.env.DATABASE_URL;
  if (given) await untilDatabaseAnswers(given, print);
  const databaseUrl = given || (await startPostgres());
  const environment: NodeJS.ProcessEnv = {
    DEMO: 'on',
    ...LIMITS,
    ...process.env,
    // Node 22 and later keep compiled modules there, which shortens each start but the first.
    ...{ HOST: host, PORT: String(port), DATABASE_URL: databaseUrl, NODE_COMPILE_CACHE: join(HOME, 'compile-cache') },
  };
  if (!environment.JWT_PRIVATE_KEY && !environment.JWT_PRIVATE_KEY_FILE)
    environment.JWT_PRIVATE_KEY = kept('jwt-key.pem', newSigningKey);
  const began = performance.now();
  if (environment.PAYMENT_PROVIDERS === undefined) await simulatePayments(environment, url);
  services.run('api', environment);
  await untilReady(url);
  print(`The API is ready (${secondsSince(began)})`);
  // After the API, which is waited for: on few processors two starts at once take longer.
  services.run('worker', environment);

  const remedy = postgres ? `, or remove ${(await postgres).folder} to begin with an empty database` : '';
  const { admin, customer } = await openAccounts(url, environment, remedy);
  await loadShop({ baseUrl: url, admin });
  const running: Running = { url, databaseUrl, admin, customer };
  writeFileSync(RUNNING, JSON.stringify(running, null, 2), { mode: 0o600 });
  isAnnounced = true;
  welcome(running);
  if (process.send) restartOnChange(environment, url);
}

/** Restarts API and worker for each message of `npm run dev`, one change after another. */
function restartOnChange(environment: NodeJS.ProcessEnv, url: string): void {
  let latest: Promise<void> = Promise.resolve();
  process.on('message', ({ changedAt }: { changedAt: number }) => {
    latest = latest.then(async () => {
      if (isStopping) return;
      // The API first: the change is looked at there, and two starts at once take longer.
      await services.restart('api', environment);
      await untilReady(url, () => isStopping || !services.isRunning('api'));
      await services.restart('worker', environment);
      if (services.isRunning('api') && !isStopping)
        print(`Changed: api and worker restarted in ${((Date.now() - changedAt) / 1000).toFixed(1)} s`);
    });
    latest.catch((error: unknown) => end({ exitCode: 1, reason: reasonOf(error) }));
  });
}

async function startPostgres(): Promise<string> {
  const began = performance.now();
  postgres = startEmbeddedPostgres({ folder: join(HOME, 'postgres'), onProgress: print });
  const server = await postgres;
  void server.ended.then(() =>
    end({ exitCode: 1, reason: `PostgreSQL has ended. Its log is ${join(server.folder, 'postgres.log')}.` }),
  );
  print(`PostgreSQL ${server.version} is ready on port ${server.port} (${secondsSince(began)})`);
  return server.url;
}

/** Runs the payment simulator, and gives its address to API and worker. */
async function simulatePayments(environment: NodeJS.ProcessEnv, url: string): Promise<void> {
  const port = await freePort();
  environment.PAYMENT_WEBHOOK_SECRETS ||= kept('webhook-secret', () => newSecret(24));
  environment.PAYMENT_PROVIDERS = 'simulator';
  environment.PAYMENT_SIMULATOR_URL = `http://127.0.0.1:${port}`;
  services.run('payment-simulator', {
    ...environment,
    SIMULATOR_PORT: String(port),
    SIMULATOR_WEBHOOK_URL: `${url}/v1/webhooks/payments/simulator`,
    SIMULATOR_LEDGER: join(HOME, 'payment-simulator.jsonl'),
  });
}

async function freeAddress(): Promise<{ host: string; port: number; url: string }> {
  const host = process.env.HOST || '127.0.0.1';
  const port = Number(process.env.PORT || 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new CannotStart('PORT must be from 1 to 65535.');
  const isFree = await isFreePort(port, host).catch((error: NodeJS.ErrnoException) => {
    throw new CannotStart(`Holdfast cannot listen on ${host}:${port} (${error.code}): choose another HOST or PORT.`);
  });
  if (!isFree)
    throw new CannotStart(
      `Port ${port} is in use, perhaps by another Holdfast: stop it, or choose one with PORT=${port + 1} npm start.`,
    );
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return { host, port, url: `http://${name}:${port}` };
}

function print(line: string): void {
  console.log(`  ${line}`);
}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function welcome({ url, admin, customer }: Running): void {
  const logs = (['api', 'worker', 'payment-simulator'] as const).map((name) => shortPath(logOf(name))).join(', ');
  console.log(`
Holdfast is running.

  Swagger UI      ${url}/docs
  OpenAPI         ${url}/openapi.json
  Customer        ${customer.username} / ${customer.password}
  Administrator   ${admin.username} / ${admin.password}
  Logs            ${logs}

  npm run demo    in a second terminal: see it work under load
  Ctrl-C          stops everything; the data stay for the next start
`);
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isStopping) print('Already stopping: requests under way are finished first.');
      else end({ exitCode: 0 });
    });
  }
  process.once('disconnect', () => end({ exitCode: 1, reason: 'npm run dev has ended.' }));
  console.log('Starting Holdfast');
  const failed = start().then(
    () => ended,
    (error: unknown): Ending => ({ exitCode: 1, reason: reasonOf(error) }),
  );
  const { exitCode, reason } = await Promise.race([ended, failed]);
  isStopping = true;
  if (reason) console.error(`\n${reason}`);
  // Its failure to start, if any, is the reason given above.
  const server = await postgres?.catch(() => undefined);
  if (server || services.size > 0) {
    console.log('\nStopping');
    if (isAnnounced) rmSync(RUNNING, { force: true });
    await services.stop();
    await server?.stop();
    console.log('Stopped');
  }
  process.exit(exitCode);
}

/** One sentence, and the log of the API, if it has run, for a cause that is not ours to name. */
function reasonOf(error: unknown): string {
  if (error instanceof CannotStart) return error.message;
  const text = error instanceof Error ? error.message.split('\n')[0] : String(error);
  return `Holdfast could not start: ${text}.${services.isRunning('api') ? seeLog('api') : ''}`;
}

void main();
