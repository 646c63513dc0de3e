import { type Tap, tapPostgres } from './wiretap';

export interface StatementCounter extends Tap {
  /** What was sent since the last call, as the first words of each statement. */
  take(): string[];
}

/** Counts every statement that a process sends to PostgreSQL. */
export async function countStatements(databaseUrl: string): Promise<StatementCounter> {
  const statements: string[] = [];
  const tap = await tapPostgres(databaseUrl, {
    before: ({ text }) => {
      // Two statements belong to no request: the relay's wake-up every 20 ms, and the clock check once a minute.
      if (!/pg_notify|^SELECT clock_timestamp\(\) AS now$/.test(text))
        statements.push(text.split(/\s+/).slice(0, 3).join(' '));
    },
  });
  return { ...tap, take: () => statements.splice(0) };
}
