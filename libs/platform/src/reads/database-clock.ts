import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { log, requestContext } from '../observability';
import { Reads } from './reads';

const COMPARED_EVERY_MS = 60_000;
/** Synchronised clocks differ by less, and a query that takes longer gives too vague a time. */
const TOLERANCE_MS = 1_000;

/**
 * The time of this process, corrected by the database's where they differ. Processes compare the times that others have
 * stored. With an uncorrected clock, a worker an hour ahead would ask a provider about each payment as soon as it is
 * made.
 */
@Injectable()
export class DatabaseClock extends Clock implements OnModuleInit, OnApplicationShutdown {
  private offset = 0;
  private comparing?: NodeJS.Timeout;

  constructor(private readonly reads: Reads) {
    super();
  }

  now(): Date {
    return new Date(Date.now() + this.offset);
  }

  async onModuleInit(): Promise<void> {
    await this.compare();
    this.comparing = requestContext.exit(() => setInterval(() => void this.compare(), COMPARED_EVERY_MS).unref());
  }

  onApplicationShutdown(): void {
    clearInterval(this.comparing);
  }

  private async compare(): Promise<void> {
    const asked = performance.now();
    try {
      const [{ now }] = await this.reads.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      if (performance.now() - asked > TOLERANCE_MS) return;
      const difference = now.getTime() - Date.now();
      const offset = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
      if (Math.abs(offset - this.offset) <= TOLERANCE_MS) return;
      this.offset = offset;
      log.warn({ offset }, "the clocks of this process and the database differ: the database's time is used");
    } catch (error) {
      log.debug({ err: error }, 'the clock could not be compared with the database');
    }
  }
}
