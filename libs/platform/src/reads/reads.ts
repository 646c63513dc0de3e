import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolConfig } from 'pg';
import { Settings } from '../config';
import { isInsideUnit } from '../unit-of-work';
import { openPool, ensureCapacity } from '../persistence';

/**
 * Plain SQL for answers, outside any unit of work. Nothing is decided on what it returns.
 * It has connections of its own: a crowd that waits for a locked product holds up no log-in and no catalogue.
 */
@Injectable()
export class Reads implements OnApplicationShutdown {
  private readonly pool: Pool;

  constructor(settings: Settings) {
    this.pool = readPool('reads', settings);
  }

  /** With a name the statement is parsed and planned once per connection: for the few that every request needs. */
  async query<Row>(sql: string, parameters: unknown[] = [], name?: string): Promise<Row[]> {
    mustBeOutsideUnit();
    ensureCapacity(this.pool);
    const { rows } = await this.pool.query({ name, text: sql, values: parameters });
    return rows as Row[];
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

/** A second connection taken while holding one is how a pool of n deadlocks under n requests. */
export function mustBeOutsideUnit(): void {
  if (isInsideUnit()) throw new Error('a read inside a unit of work: lock what you decide on instead');
}

/** Connections that only read. */
export const readPool = (name: string, settings: Settings, config: PoolConfig = {}): Pool =>
  openPool(name, settings, {
    max: settings.DATABASE_READ_POOL_SIZE,
    ...config,
  });
