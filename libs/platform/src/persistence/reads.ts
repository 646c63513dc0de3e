import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'pg';
import { Settings } from '../config/settings';
import { log } from '../observability/logger';
import { isInsideUnit } from '../unit-of-work/unit';
import { SteadyClient } from './steady-client';

/**
 * Plain SQL for answers, outside any unit of work. Nothing is decided on what it returns.
 * It has connections of its own: a crowd that waits for a locked product holds up no log-in and no catalogue.
 */
@Injectable()
export class Reads implements OnApplicationShutdown {
  private readonly pool: Pool;

  constructor(settings: Settings) {
    this.pool = new Pool({
      connectionString: settings.DATABASE_URL,
      application_name: 'holdfast',
      Client: SteadyClient,
      max: settings.DATABASE_READ_POOL_SIZE,
      statement_timeout: settings.STATEMENT_TIMEOUT,
      connectionTimeoutMillis: settings.POOL_TIMEOUT,
    });
    this.pool.on('error', (error) => log.warn({ err: error }, 'an idle connection was lost'));
  }

  /** With a name the statement is parsed and planned once per connection: for the few that every request needs. */
  async query<Row>(sql: string, parameters: unknown[] = [], name?: string): Promise<Row[]> {
    // A second connection taken while holding one is how a pool of n deadlocks under n requests.
    if (isInsideUnit()) throw new Error('a read inside a unit of work: lock what you decide on instead');
    const { rows } = await this.pool.query({ name, text: sql, values: parameters });
    return rows as Row[];
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
