import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolConfig } from 'pg';
import { Settings } from '../config';
import { isInsideUnit } from '../unit-of-work';
import { openPool, ensureCapacity } from '../persistence';

/**
 * Plain SQL for answers, outside any unit of work. No decision may rest on its result.
 * It has its own connections: calls that wait for a locked row delay no read.
 */
@Injectable()
export class Reads implements OnApplicationShutdown {
  private readonly pool: Pool;

  constructor(settings: Settings) {
    this.pool = readPool('reads', settings);
  }

  /** A named statement is parsed and planned once per connection. Name the few that every request needs. */
  async query<Row>(sql: string, parameters: unknown[] = [], name?: string): Promise<Row[]> {
    ensureOutsideUnit();
    ensureCapacity(this.pool);
    const { rows } = await this.pool.query({ name, text: sql, values: parameters });
    return rows as Row[];
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

/** Throws inside a unit of work: n calls that each wait for a second connection deadlock a pool of n. */
export function ensureOutsideUnit(): void {
  if (isInsideUnit()) throw new Error('a read inside a unit of work: lock the aggregate instead');
}

/** A pool for reads. */
export const readPool = (name: string, settings: Settings, config: PoolConfig = {}): Pool =>
  openPool(name, settings, {
    max: settings.DATABASE_READ_POOL_SIZE,
    ...config,
  });
