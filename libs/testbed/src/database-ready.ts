import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { CannotStart } from './embedded-postgres';

const REPORT_AFTER_MS = 2_000;
const LIMIT_MS = 60_000;
/** PostgreSQL is up, but still starting (57P03) or without a free connection (53300). */
const PASSING = ['57P03', '53300'];

/**
 * Waits until the PostgreSQL of a URL takes connections, and reports the wait after 2 s. Throws {@link CannotStart}
 * when the URL is none, when PostgreSQL refuses the log-in or the database, and after 60 s.
 */
export async function untilDatabaseAnswers(url: string, report: (line: string) => void): Promise<void> {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
    throw new CannotStart('DATABASE_URL must be a URL such as postgres://user:password@localhost:5432/holdfast.');
  const { host } = new URL(url);
  let isReported = false;
  for (const began = Date.now(); ; await sleep(200)) {
    const obstacle = await obstacleTo(url);
    if (obstacle === undefined) return;
    const reason = obstacle.message || (obstacle as NodeJS.ErrnoException).code;
    const waited = Date.now() - began;
    if (obstacle instanceof DatabaseError && !PASSING.includes(obstacle.code ?? ''))
      throw new CannotStart(`The database at ${host} refuses the connection (${reason}): correct DATABASE_URL.`);
    if (waited > LIMIT_MS)
      throw new CannotStart(`The database at ${host} does not answer (${reason}): start it, or correct DATABASE_URL.`);
    if (waited > REPORT_AFTER_MS && !isReported) {
      report(`Waiting for the database at ${host} (${reason}).`);
      isReported = true;
    }
  }
}

async function obstacleTo(connectionString: string): Promise<Error | undefined> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 1_500 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
