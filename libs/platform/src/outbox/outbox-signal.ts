import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../config/settings';
import { log } from '../observability/logger';
import { SteadyClient } from '../persistence/steady-client';

const CHANNEL = 'holdfast_outbox';
const PAUSE_MS = 20;

/**
 * Tells waiting relays that there are new events. Only a hint: whoever misses it finds them at the next poll. So it is
 * rung after the commit and not in the transaction (where NOTIFY makes commits queue up), and at most every 20 ms.
 */
@Injectable()
export class OutboxSignal implements OnApplicationShutdown {
  private bell?: NodeJS.Timeout;
  private listener?: Promise<SteadyClient>;
  private waiting = new Set<() => void>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  ring(): void {
    this.bell ??= setTimeout(() => {
      this.bell = undefined;
      this.dataSource
        .query(`SELECT pg_notify('${CHANNEL}', '')`)
        .catch((error: unknown) => log.debug({ err: error }, 'the relay was not woken; it polls'));
    }, PAUSE_MS).unref();
  }

  /** Resolves at the next ring, or when aborted. */
  async next(aborted: AbortSignal): Promise<void> {
    this.listener ??= this.listen();
    await this.listener.catch(() => (this.listener = undefined)); // the poll goes on, and the next pause tries again
    await new Promise<void>((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        resolve();
      };
      this.waiting.add(done);
      if (aborted.aborted) done();
      else aborted.addEventListener('abort', done, { once: true });
    });
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.bell);
    await this.listener?.then(
      (client) => client.end(),
      () => undefined, // it never came to be
    );
  }

  private async listen(): Promise<SteadyClient> {
    const client = new SteadyClient({
      connectionString: this.settings.DATABASE_URL,
      application_name: 'holdfast-listener',
    });
    client.on('notification', () => this.waiting.forEach((wake) => wake()));
    client.on('error', (error) => {
      log.warn({ err: error }, 'the relay’s wake-up line is down; it polls');
      this.listener = undefined;
    });
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  }
}
