/**
 * Behind `npm start`: PostgreSQL (unless DATABASE_URL names one), the API, the worker, a payment provider to pay with (unless
 * PAYMENT_PROVIDERS names another), an administrator, a shop to try
 * them on, and a customer. Ctrl-C stops it all, the database last; what is in `.holdfast` stays for the next start.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CannotStart,
  type Credentials,
  DIST,
  type EmbeddedPostgres,
  freePort,
  HOME,
  isFreePort,
  lastLines,
  loadShop,
  type Running,
  RUNNING,
  startEmbeddedPostgres,
  STOP_WITH_LAUNCHER,
  terminate,
} from '@holdfast/testbed';

interface Ending {
  exitCode: number;
  reason?: string;
}

const CREDENTIALS = join(HOME, 'demo-credentials.json');
/** Many customers of the demonstration are at one address, and all are in a hurry. Yours win. */
const RATE_LIMITS = {
  RATE_LIMIT_ORDERS_PER_MINUTE: '10000',
  RATE_LIMIT_LOGINS_PER_MINUTE: '10000',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '100000',
};
const READY_LIMIT_MS = 60_000;

const services: ChildProcess[] = [];
let postgres: Promise<EmbeddedPostgres> | undefined;
let announced = false;
let stopping = false;
let end: (ending: Ending) => void;
const ended = new Promise<Ending>((resolve) => (end = resolve));

async function start(): Promise<void> {
  const { host, port, url } = await freeAddress();
  mkdirSync(HOME, { recursive: true });
  // Others may pass through, as PostgreSQL has to when root starts it, but not look around.
  chmodSync(HOME, 0o711);

  const databaseUrl = process.env.DATABASE_URL || (await startPostgres());
  const environment: NodeJS.ProcessEnv = {
    ...RATE_LIMITS,
    ...process.env,
    ...{ HOST: host, PORT: String(port), DATABASE_URL: databaseUrl },
  };
  if (!environment.JWT_PRIVATE_KEY && !environment.JWT_PRIVATE_KEY_FILE) {
    environment.JWT_PRIVATE_KEY = kept(join(HOME, 'jwt-key.pem'), newSigningKey);
  }
  const began = performance.now();
  if (environment.PAYMENT_PROVIDERS === undefined) await simulatePayments(environment, url);
  run('api', environment);
  run('worker', environment);
  await untilReady(url);
  say(`API and worker are ready (${secondsSince(began)})`);

  const { admin, customer } = JSON.parse(kept(CREDENTIALS, newCredentials)) as Running;
  await createAdmin(admin, environment);
  await register(customer, url);
  await Promise.all([checkSignIn(admin, url), checkSignIn(customer, url)]);
  await loadShop({ baseUrl: url, admin });
  const running: Running = { url, databaseUrl, admin, customer };
  writeFileSync(RUNNING, JSON.stringify(running, null, 2), { mode: 0o600 });
  announced = true;
  welcome(running);
}

/** Runs the payment simulator, and tells API and worker where it is. */
async function simulatePayments(environment: NodeJS.ProcessEnv, url: string): Promise<void> {
  const port = await freePort();
  environment.PAYMENT_WEBHOOK_SECRETS ||= kept(join(HOME, 'webhook-secret'), () =>
    randomBytes(24).toString('base64url'),
  );
  Object.assign(environment, { PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: `http://127.0.0.1:${port}` });
  run('payment-simulator', {
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
  if (!(await isFreePort(port, host))) {
    throw new CannotStart(
      `Port ${port} is in use already, perhaps by another Holdfast. Stop that, or choose a port: PORT=${port + 1} npm start`,
    );
  }
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return { host, port, url: `http://${name}:${port}` };
}

async function startPostgres(): Promise<string> {
  const began = performance.now();
  postgres = startEmbeddedPostgres({ folder: join(HOME, 'postgres'), onProgress: say });
  const server = await postgres;
  void server.ended.then(() =>
    end({ exitCode: 1, reason: `PostgreSQL has ended. Its log is ${join(server.folder, 'postgres.log')}` }),
  );
  say(`PostgreSQL ${server.version} is ready on port ${server.port} (${secondsSince(began)})`);
  return server.url;
}

/** In a process group of its own: Ctrl-C in a terminal is for the launcher, which then stops things in their order. */
function run(name: 'api' | 'worker' | 'payment-simulator', environment: NodeJS.ProcessEnv): void {
  if (stopping) throw new Error('Already stopping.');
  const log = join(HOME, `${name}.log`);
  const output = openSync(log, 'a', 0o600);
  const script = join(DIST, `apps/${name}/src/main.js`);
  const service = spawn(process.execPath, ['--require', STOP_WITH_LAUNCHER, script], {
    detached: true,
    env: environment,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  services.push(service);
  service.once('exit', (code, signal) =>
    end({ exitCode: 1, reason: `The ${name} has ended (${signal ?? `exit code ${code}`}).\n${endOf(log)}` }),
  );
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  for (;;) {
    const obstacle = await whyNotReady(url);
    if (obstacle === undefined) return;
    if (Date.now() > deadline) {
      throw new CannotStart(
        `The API is not ready after ${READY_LIMIT_MS / 1000} s (${obstacle}).\n${endOf(join(HOME, 'api.log'))}`,
      );
    }
    await sleep(100);
  }
}

async function whyNotReady(url: string): Promise<string | undefined> {
  try {
    const { ok, status } = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    return ok ? undefined : `it answers ${status}`;
  } catch (error) {
    // Nobody listens yet.
    return String(error instanceof TypeError ? error.cause : error);
  }
}

async function createAdmin({ username, password }: Credentials, environment: NodeJS.ProcessEnv): Promise<void> {
  const script = join(DIST, 'apps/api/src/create-admin.js');
  const args = [script, '--username', username, '--email', emailOf(username)];
  await promisify(execFile)(process.execPath, args, { env: { ...environment, ADMIN_PASSWORD: password } });
}

async function register({ username, password }: Credentials, url: string): Promise<void> {
  const { status } = await post(`${url}/v1/customers`, { username, email: emailOf(username), password });
  const registered = status === 201 || status === 409;
  if (!registered) throw new Error(`Registering the customer "${username}" was answered ${status}.`);
}

/** Both may have been there before, in a database that is older than the file with their passwords. */
async function checkSignIn(credentials: Credentials, url: string): Promise<void> {
  const { ok, status } = await post(`${url}/v1/auth/token`, credentials);
  if (ok) return;
  const remedy = postgres ? `, or remove ${(await postgres).folder} to begin with an empty database` : '';
  throw new CannotStart(
    `Signing in as "${credentials.username}" was answered ${status}. If this database is older than ${CREDENTIALS}, ` +
      `that account has another password: put it into that file${remedy}.`,
  );
}

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

function emailOf(username: string): string {
  return `${username}@holdfast.example`;
}

/** Made once, and readable by nobody else. */
function kept(file: string, make: () => string): string {
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function newCredentials(): string {
  const credentials = (username: string): Credentials => ({
    username,
    password: randomBytes(12).toString('base64url'),
  });
  return JSON.stringify({ admin: credentials('admin'), customer: credentials('demo') }, null, 2);
}

async function stop(server?: EmbeddedPostgres): Promise<void> {
  if (announced) rmSync(RUNNING, { force: true });
  await Promise.all(services.map(terminate));
  await server?.stop();
}

function say(line: string): void {
  console.log(`  ${line}`);
}

function secondsSince(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function endOf(log: string): string {
  return `The end of ${log}:\n${lastLines(log)}`;
}

function welcome({ url, admin, customer }: Running): void {
  const logs = ['api.log', 'worker.log', 'payment-simulator.log']
    .map((log) => relative(process.cwd(), join(HOME, log)))
    .join(', ');
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
      if (stopping) say('Already stopping: requests under way are finished first.');
      else end({ exitCode: 0 });
    });
  }
  console.log('Starting Holdfast');
  const failed = start().then(
    () => ended,
    (error: unknown): Ending => ({
      exitCode: 1,
      reason: error instanceof CannotStart ? error.message : error instanceof Error ? error.stack : String(error),
    }),
  );
  const { exitCode, reason } = await Promise.race([ended, failed]);
  stopping = true;
  if (reason) console.error(`\n${reason}`);
  // Whether it could start or not: its failure, if any, is the reason given above.
  const server = await postgres?.catch(() => undefined);
  if (server || services.length > 0) {
    console.log('\nStopping');
    await stop(server);
    console.log('Stopped');
  }
  process.exit(exitCode);
}

void main();
