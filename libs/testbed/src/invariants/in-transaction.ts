import { Client } from 'pg';

export type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/** In a session of its own, because a pool answers each statement on any of its connections. Always rolled back. */
export async function inTransaction<T>(
  databaseUrl: string,
  mode: string,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'holdfast invariants' });
  // Without a listener, a lost connection would end the process; the statement under way fails with it anyway.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`BEGIN ${mode}`);
    return await work(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
  } finally {
    // Ends the transaction too.
    await client.end();
  }
}
