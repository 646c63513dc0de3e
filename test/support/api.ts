import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { newId } from '@holdfast/shared-kernel';
import { hash } from '@node-rs/argon2';
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose';
import { JWT_PRIVATE_KEY, testEnvironment, WEBHOOK_SECRETS } from './environment';
import type { TestDatabase } from './database';

const ROOT = join(__dirname, '..', '..');

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

// What a test reads from an answer is stated where it is read; here it may be anything.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** A suite that breaks off before its afterAll leaves nothing running. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A process of ours, built, as it is deployed. */
export class Process {
  readonly lines: Record<string, unknown>[] = [];

  protected constructor(readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      // Every line is JSON, boot and crash included; a line that is not fails the suite here.
      this.lines.push(JSON.parse(line) as Record<string, unknown>);
    });
    child.stderr!.on('data', (data: Buffer) => this.lines.push({ level: 'error', message: `stderr: ${String(data)}` }));
  }

  static spawn(app: 'api' | 'worker' | 'payment-simulator', environment: NodeJS.ProcessEnv): ChildProcess {
    const main = join(ROOT, `dist/apps/${app}/src/main.js`);
    const child = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  /** The line with this message; waits for it. Throws when the process ends first. */
  async logged(message: string, timeout = 120_000): Promise<Record<string, unknown>> {
    for (const deadline = Date.now() + timeout; Date.now() < deadline;) {
      const line = this.lines.find((each) => each['message'] === message);
      if (line) return line;
      if (this.child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`never logged "${message}":\n${this.lines.map((line) => JSON.stringify(line)).join('\n')}`);
  }

  /** The exit code, or the signal that killed it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await once(this.child, 'exit');
    }
    return this.child.exitCode ?? this.child.signalCode!;
  }
}

export class Worker extends Process {
  static async start(database: TestDatabase, environment: NodeJS.ProcessEnv = {}): Promise<Worker> {
    const worker = new Worker(
      Process.spawn('worker', { ...testEnvironment(database.url), LOG_LEVEL: 'info', ...environment }),
    );
    await worker.logged('working');
    return worker;
  }
}

export interface Charged {
  key: string;
  orderId: string | null;
  status: string;
  captured: { amount: string } | null;
  refunds: { amount: { amount: string } }[];
  requests: number;
}

/** The payment provider, with a ledger of its own to compare with. */
export class Simulator extends Process {
  url = '';

  static async start(api: Api, environment: NodeJS.ProcessEnv = {}): Promise<Simulator> {
    const simulator = new Simulator(
      Process.spawn('payment-simulator', {
        PATH: process.env['PATH'],
        PAYMENT_WEBHOOK_SECRETS: WEBHOOK_SECRETS[0],
        SIMULATOR_PORT: '0',
        SIMULATOR_DELAY_MS: '50',
        SIMULATOR_WEBHOOK_URL: `${api.url}/v1/webhooks/payments/simulator`,
        ...environment,
      }),
    );
    simulator.url = String((await simulator.logged('listening'))['url']);
    return simulator;
  }

  /** What the API and the worker need to pay with it. */
  get environment(): NodeJS.ProcessEnv {
    return { PAYMENT_PROVIDERS: 'simulator', PAYMENT_SIMULATOR_URL: this.url };
  }

  async ledger(): Promise<Charged[]> {
    return (await fetch(`${this.url}/ledger`)).json() as Promise<Charged[]>;
  }

  /** Whether it answers 503 to all. */
  async disable(disabled: boolean): Promise<void> {
    await fetch(`${this.url}/disabled`, { method: 'PUT', body: JSON.stringify({ disabled }) });
  }

  /** The customer tries again after a failed attempt. Resolves with the status of the answer. */
  async payAgain(key: string): Promise<number> {
    return (await fetch(`${this.url}/v1/payments/${key}/attempts`, { method: 'POST' })).status;
  }

  /** The behaviour of the next payments. */
  async next(mode: string, times = 1): Promise<void> {
    await fetch(`${this.url}/modes`, { method: 'PUT', body: JSON.stringify({ mode, times }) });
  }
}

export class Api extends Process {
  url = '';

  static async start(database: TestDatabase, environment: NodeJS.ProcessEnv = {}): Promise<Api> {
    const api = new Api(Process.spawn('api', { ...testEnvironment(database.url), LOG_LEVEL: 'info', ...environment }));
    api.url = String((await api.logged('listening'))['url']);
    return api;
  }

  /** A caller with the token's identity, or an anonymous one. */
  as(token?: string): Caller {
    return new Caller(this.url, token);
  }
}

export class Caller {
  constructor(
    private readonly url: string,
    readonly token?: string,
  ) {}

  get = (path: string, headers: Record<string, string> = {}) => this.send('GET', path, undefined, headers);
  delete = (path: string, headers: Record<string, string> = {}) => this.send('DELETE', path, undefined, headers);
  patch = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    this.send('PATCH', path, body, headers);

  put = (path: string, body: unknown) => this.send('PUT', path, body);

  /** With an Idempotency-Key, new unless one is given. */
  post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    this.send('POST', path, body, { 'idempotency-key': newId(), ...headers });

  async send<Body = Json>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }
}

const publicKey = createPublicKey(createPrivateKey(JWT_PRIVATE_KEY)).export({ format: 'jwk' }) as JWK;

/** An access token as the service signs it, but for what a test changes. */
export async function accessToken(
  customerId: string,
  {
    claims = {},
    header = {},
    key = createPrivateKey(JWT_PRIVATE_KEY),
  }: { claims?: object; header?: object; key?: Parameters<SignJWT['sign']>[0] } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const standard = {
    iss: 'holdfast',
    aud: 'holdfast-api',
    sub: customerId,
    role: 'customer',
    jti: newId(),
    iat: now,
    exp: now + 1200,
  };
  return new SignJWT({ ...standard, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: await calculateJwkThumbprint(publicKey), ...header })
    .sign(key);
}

/** The password of the customers that {@link makeCustomers} makes, hashed once and cheaply. */
export const CUSTOMER_PASSWORD = 'a pass phrase of all';
let customerHash: Promise<string> | undefined;

/** Customers straight in the database, with tokens: two hundred registrations would measure Argon2, not us. */
export async function makeCustomers(
  database: TestDatabase,
  count: number,
  role = 'customer',
): Promise<{ id: string; token: string }[]> {
  const ids = Array.from({ length: count }, newId);
  await database.query(
    `INSERT INTO identity.customers (id, username, username_key, email, email_key, password_hash, role, active, version, created_at, updated_at)
     SELECT id, 'c-' || id, 'c-' || id, id || '@example.com', id || '@example.com', $3, $2, true, 1, now(), now()
     FROM unnest($1::uuid[]) AS id`,
    [ids, role, await (customerHash ??= hash(CUSTOMER_PASSWORD, { memoryCost: 1_024, timeCost: 1 }))],
  );
  return Promise.all(ids.map(async (id) => ({ id, token: await accessToken(id, { claims: { role } }) })));
}

/** A session of a customer that lasts a day. */
export async function makeSession(database: TestDatabase, customerId: string): Promise<string> {
  const id = newId();
  await database.query(
    `INSERT INTO identity.sessions (id, customer_id, current_token_id, version, opened_at, updated_at, expires_at)
     VALUES ($1, $2, $1, 1, now(), now(), now() + interval '1 day')`,
    [id, customerId],
  );
  return id;
}

/** A one-time token, as the worker makes it when it sends the mail. */
export async function makeOneTimeToken(
  database: TestDatabase,
  customerId: string,
  purpose: 'password-reset' | 'email-verification',
): Promise<string> {
  const id = newId();
  const token = id.replaceAll('-', '') + 'A'.repeat(43);
  await database.query(
    `INSERT INTO account_recovery.recoveries
       (id, purpose, customer_id, token_hashes, version, requested_at, updated_at, expires_at)
     SELECT $1, $2, id, encode(sha256(convert_to($3 || ' ' || email, 'UTF8')), 'hex'), 1, now(), now(),
       now() + interval '1 hour'
     FROM identity.customers WHERE id = $4`,
    [id, purpose, token, customerId],
  );
  return token;
}
