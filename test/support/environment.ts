import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const JWT_PRIVATE_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const WEBHOOK_SECRETS = ['whsec_of-the-tests-and-of-nothing-else', 'whsec_of-the-tests-before-the-rotation'];
/** Holds the messages that a run's workers write to customers; global-teardown.ts removes it. */
export const MAIL_FOLDER = (process.env['TEST_MAIL_FOLDER'] ??= mkdtempSync(join(tmpdir(), 'holdfast-test-mail-')));

/** Above what any suite asks for; the limits themselves are tested with the defaults, in limits.spec.ts. */
const NO_RATE_LIMITS = {
  RATE_LIMIT_ORDERS_PER_MINUTE: '1000000',
  RATE_LIMIT_LOGINS_PER_MINUTE: '1000000',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '1000000',
};

/** Above what any suite asks for; the limits themselves are tested with the defaults, in order-limits.spec.ts. */
const NO_ORDER_LIMITS = { CART_LINE_LIMIT: '0', CART_LIMIT: '0', UNPAID_ORDER_LIMIT: '0', UNPAID_UNITS_LIMIT: '0' };

/** The least a process of ours needs in its environment. */
export const testEnvironment = (databaseUrl: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  DATABASE_URL: databaseUrl,
  JWT_PRIVATE_KEY,
  LOG_LEVEL: 'warn',
  HOST: '127.0.0.1',
  ALLOWED_HOSTS: '127.0.0.1,localhost,x',
  PORT: '0',
  // Without PAYMENT_SIMULATOR_URL: orders wait for the webhooks that the tests send.
  PAYMENT_PROVIDERS: 'simulator',
  PAYMENT_WEBHOOK_SECRETS: WEBHOOK_SECRETS.join(','),
  MAIL_FOLDER,
  ...NO_RATE_LIMITS,
  ...NO_ORDER_LIMITS,
  // A slow machine is no finding. What is promised of the waits is tested with the defaults, in http.spec.ts.
  POOL_TIMEOUT: '40s',
  LOCK_TIMEOUT: '40s',
  STATEMENT_TIMEOUT: '40s',
});

/** The waits as the README gives them. */
export const DEFAULT_WAITS = { POOL_TIMEOUT: undefined, LOCK_TIMEOUT: undefined, STATEMENT_TIMEOUT: undefined };

/** The rate limits as the README gives them. */
export const DEFAULT_RATE_LIMITS = {
  RATE_LIMIT_ORDERS_PER_MINUTE: undefined,
  RATE_LIMIT_LOGINS_PER_MINUTE: undefined,
  RATE_LIMIT_REQUESTS_PER_MINUTE: undefined,
};

/** The limits of orders and carts as the README gives them. */
export const DEFAULT_ORDER_LIMITS = {
  CART_LINE_LIMIT: undefined,
  CART_LIMIT: undefined,
  UNPAID_ORDER_LIMIT: undefined,
  UNPAID_UNITS_LIMIT: undefined,
};
