import { rmSync } from 'node:fs';
import { Client } from 'pg';
import { MAIL_FOLDER } from './environment';

export default async function globalTeardown(): Promise<void> {
  rmSync(MAIL_FOLDER, { recursive: true, force: true });
  const { TEST_DATABASE_URL, TEST_TEMPLATE } = process.env;
  delete process.env.TEST_TEMPLATE;
  if (globalThis.embeddedPostgres) {
    await globalThis.embeddedPostgres.stop();
    // In watch mode the next run starts a server of its own.
    delete process.env.TEST_DATABASE_URL;
  } else {
    const client = new Client(TEST_DATABASE_URL);
    await client.connect();
    await client.query(`DROP DATABASE IF EXISTS ${TEST_TEMPLATE} WITH (FORCE)`);
    await client.end();
  }
}
