import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { problems } from '../problems';
import { Reads } from './reads';
import { log } from '../observability';

/** A database that takes longer counts as unavailable: a probe does not wait for long. */
const PATIENCE_MS = 3_000;

/** Whether this process should get requests. */
@Injectable()
export class Readiness {
  private isDraining = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly reads: Reads,
  ) {}

  /** Makes the check fail from now on, so that the load balancer notices before the process stops. */
  drain(): void {
    this.isDraining = true;
  }

  /** Throws 503 while the process is about to stop, the database is unavailable, or migrations are missing. */
  async check(): Promise<{ status: 'ok'; checks: Record<'database' | 'migrations', 'ok'> }> {
    if (this.isDraining) throw problems.unavailable();
    const found = await Promise.race([
      this.reads.query<{ name: string }>('SELECT name FROM migrations'),
      sleep(PATIENCE_MS, undefined, { ref: false }),
    ]);
    if (!found) throw problems.unavailable();
    const applied = new Set(found.map(({ name }) => name));
    const missing = this.dataSource.migrations
      .map(({ constructor }) => constructor.name)
      .filter((name) => !applied.has(name));
    if (!missing.length) return { status: 'ok', checks: { database: 'ok', migrations: 'ok' } };
    log.warn({ missing }, 'the database lacks migrations');
    throw problems.unavailable();
  }
}
