/**
 * One PostgreSQL for the run, with one migrated database in it that every suite copies (see database.ts). Set
 * TEST_DATABASE_URL to run against a server of your own; its user must be allowed to create databases.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../libs/testbed/src/embedded-postgres';
// Names, before the suites run, the folder that all of them write to.
import './environment';

declare global {
  /** Jest loads setup and teardown separately: what the one leaves for the other has to be global. */
  var embeddedPostgres: EmbeddedPostgres | undefined;
}

export default async function globalSetup(): Promise<void> {
  // Two tiers in one run share the server.
  if (process.env.TEST_TEMPLATE) return;
  // What a use case logs on purpose is no news in a test run; the processes of the stories keep their own level.
  process.env.LOG_LEVEL ??= 'fatal';
  if (!process.env.TEST_DATABASE_URL) {
    globalThis.embeddedPostgres = await startEmbeddedPostgres({
      // These data need not survive a crash. The suites connect from several processes, with pools of their own.
      settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
      onProgress: console.log,
    });
    process.env.TEST_DATABASE_URL = globalThis.embeddedPostgres.url;
  }
  process.env.TEST_TEMPLATE = await createTemplate(process.env.TEST_DATABASE_URL);
}

async function createTemplate(serverUrl: string): Promise<string> {
  const name = `holdfast_template_${randomBytes(6).toString('hex')}`;
  const client = new Client(serverUrl);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();

  const url = new URL(serverUrl);
  url.pathname = name;
  // In a process of its own, because Jest resolves our package aliases for the suites but not for this file.
  execFileSync(
    process.execPath,
    ['--require', '@swc-node/register', '--eval', "require('./ormconfig.ts').migrate(process.argv[1])", url.href],
    { cwd: resolve(__dirname, '../..'), stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return name;
}
