import { type Tap, tapPostgres } from './wiretap';

export interface StatementCounter extends Tap {
  /** What was sent since the last call, as the first words of each statement. */
  take(): string[];
}

/** Reads along between a process and PostgreSQL: every statement counts, whoever in the process sent it. */
export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const statements: string[] = [];
  const tap = await tapPostgres(databaseUrl, {
    before: ({ text }) => {
      // The relay's wake-up belongs to no request: it is sent afterwards, at most every 20 ms, whatever was committed.
      // Nor does the clock that is compared with the database's once a minute.
      if (!/pg_notify|^SELECT clock_timestamp\(\) AS now$/.test(text))
        statements.push(text.split(/\s+/).slice(0, 3).join(' '));
    },
  });
  return { ...tap, take: () => statements.splice(0) };
}
