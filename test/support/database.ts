import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError, Pool, type QueryResultRow } from 'pg';

export interface TestDatabase {
  url: string;
  /** The rows of one statement, on a connection that is not the application's. */
  query<Row extends QueryResultRow = QueryResultRow>(sql: string, params?: unknown[]): Promise<Row[]>;
  /** Drops the database and ends the sessions that are still connected. */
  drop(): Promise<void>;
}

/** A database for one suite: a copy of the migrated template made in global-setup.ts, or one without any table. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const { TEST_DATABASE_URL, TEST_TEMPLATE } = process.env;
  if (!TEST_DATABASE_URL || !TEST_TEMPLATE) throw new Error('global-setup.ts has not run.');
  const name = `holdfast_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(TEST_DATABASE_URL, (admin) => copyTemplate(admin, empty ? 'template0' : TEST_TEMPLATE, name));

  const url = new URL(TEST_DATABASE_URL);
  url.pathname = name;
  const pool = new Pool({ connectionString: url.href, max: 4 });
  // drop() may end a connection that the pool is still closing: of no interest to any test.
  pool.on('error', () => undefined);
  return {
    url: url.href,
    query: async <Row extends QueryResultRow>(sql: string, params?: unknown[]) =>
      (await pool.query<Row>(sql, params)).rows,
    drop: async () => {
      await pool.end();
      await asAdmin(TEST_DATABASE_URL, (admin) => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

async function asAdmin<T>(serverUrl: string, work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client(serverUrl);
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function copyTemplate(admin: Client, template: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      return;
    } catch (error) {
      // PostgreSQL refuses while any session is connected to the template, if only for a moment, such as autovacuum.
      const templateInUse = error instanceof DatabaseError && error.code === '55006';
      if (!templateInUse || attempt === 50) throw error;
      await sleep(100);
    }
  }
}
