import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart, type Credentials, DIST, HOME } from '@holdfast/testbed';

const CREDENTIALS = join(HOME, 'demo-credentials.json');

interface Accounts {
  admin: Credentials;
  customer: Credentials;
}

/** The content of a file in `.holdfast`, made at the first start and readable by its owner alone. */
export function kept(name: string, make: () => string): string {
  const file = join(HOME, name);
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export const newSecret = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** Creates an administrator and a customer unless they exist, and checks that both can sign in. */
export async function openAccounts(url: string, environment: NodeJS.ProcessEnv, remedy: string): Promise<Accounts> {
  const accounts = JSON.parse(kept('demo-credentials.json', newCredentials)) as Accounts;
  await Promise.all([createAdmin(accounts.admin, environment), register(accounts.customer, url)]);
  await Promise.all([ensureSignIn(accounts.admin, url, remedy), ensureSignIn(accounts.customer, url, remedy)]);
  return accounts;
}

function newCredentials(): string {
  const credentials = (username: string): Credentials => ({ username, password: newSecret(12) });
  return JSON.stringify({ admin: credentials('admin'), customer: credentials('demo') }, null, 2);
}

async function createAdmin({ username, password }: Credentials, environment: NodeJS.ProcessEnv): Promise<void> {
  const script = join(DIST, 'apps/api/src/create-admin.js');
  const args = [script, '--username', username, '--email', emailOf(username)];
  await promisify(execFile)(process.execPath, args, { env: { ...environment, ADMIN_PASSWORD: password } });
}

async function register({ username, password }: Credentials, url: string): Promise<void> {
  const { status } = await post(`${url}/v1/customers`, { username, email: emailOf(username), password });
  const isRegistered = status === 201 || status === 409;
  if (!isRegistered) throw new CannotStart(`Registering the customer "${username}" was answered ${status}.`);
}

/** A database that is older than the file of passwords has other passwords. */
async function ensureSignIn(credentials: Credentials, url: string, remedy: string): Promise<void> {
  const { ok, status } = await post(`${url}/v1/auth/token`, credentials);
  if (ok) return;
  throw new CannotStart(
    `Signing in as "${credentials.username}" was answered ${status}: if the database is older than ${CREDENTIALS}, ` +
      `put that account's password into the file${remedy}.`,
  );
}

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

const emailOf = (username: string): string => `${username}@holdfast.example`;
