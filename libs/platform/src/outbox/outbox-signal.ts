import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { log } from '../observability';
import { SILENCE_MS, SteadyClient } from '../persistence';

const CHANNEL = 'holdfast_outbox';
const PAUSE_MS = 20;

/** Told of the types of new events, and whether this process has recorded them. */
type Listener = (types: readonly string[], isOwn: boolean) => void;

/**
 * Tells waiting relays, and whoever subscribes, that there are new events. Only a hint: whoever misses it finds them at
 * the next poll. So it is rung after the commit and not in the transaction (where NOTIFY makes commits queue up), and at
 * most every 20 ms.
 */
@Injectable()
export class OutboxSignal implements OnApplicationShutdown {
  private bell?: NodeJS.Timeout;
  private line?: Promise<SteadyClient>;
  private waiting = new Set<() => void>();
  private readonly process = newId();
  private readonly listeners: Listener[] = [];
  /** Types of events that only this process knows of yet. */
  private readonly untold = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  ring(types: readonly string[] = []): void {
    this.listeners.forEach((listener) => listener(types, true));
    types.forEach((type) => this.untold.add(type));
    this.bell ??= setTimeout(() => {
      this.bell = undefined;
      const news = [this.process, ...this.untold].join(' ');
      this.untold.clear();
      this.dataSource
        .query(`SELECT pg_notify('${CHANNEL}', $1)`, [news])
        .catch((error: unknown) => log.debug({ err: error }, 'the relay was not woken; it polls'));
    }, PAUSE_MS).unref();
  }

  /** Hears of what this process records at once, before its caller is answered; of the others' while {@link listen}ing. */
  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Opens the line to the other processes, unless it is open. Where it cannot, whoever needs it tries again. */
  async listen(): Promise<void> {
    this.line ??= this.connect();
    await this.line.catch(() => (this.line = undefined));
  }

  /** Resolves at the next ring, or when aborted. */
  async next(aborted: AbortSignal): Promise<void> {
    await this.listen(); // or not: the poll goes on
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
    await this.line?.then(
      (client) => client.end(),
      () => undefined, // it never came to be
    );
  }

  private async connect(): Promise<SteadyClient> {
    const client = new SteadyClient({
      connectionString: this.settings.DATABASE_URL,
      application_name: 'holdfast-listener',
      connectionTimeoutMillis: this.settings.POOL_TIMEOUT,
      query_timeout: this.settings.STATEMENT_TIMEOUT + SILENCE_MS,
    });
    client.on('notification', ({ payload = '' }) => {
      this.waiting.forEach((wake) => wake());
      const [process, ...types] = payload.split(' ');
      if (process !== this.process) this.listeners.forEach((listener) => listener(types, false));
    });
    client.on('error', (error) => {
      log.warn({ err: error }, 'the line that tells of new events is down: who waits for them polls');
      this.line = undefined;
    });
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  }
}
