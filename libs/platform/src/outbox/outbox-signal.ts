import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { newId } from '@holdfast/shared-kernel';
import { DataSource } from 'typeorm';
import { Settings } from '../config';
import { log } from '../observability';
import { SILENCE_MS, SteadyClient } from '../persistence';

const CHANNEL = 'holdfast_outbox';
const DEBOUNCE_MS = 20;

/** Called with the types of new events. `isOwn` is true when this process has recorded them. */
type Listener = (types: readonly string[], isOwn: boolean) => void;

/**
 * Notifies relays and listeners, in every process, of new events. A notification is only a hint: a process that misses
 * one finds the events at its next poll. It is sent after the commit, because NOTIFY inside a transaction makes commits
 * queue, and at most every 20 ms.
 */
@Injectable()
export class OutboxSignal implements OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private connection?: Promise<SteadyClient>;
  private readonly wakers: (() => void)[] = [];
  private readonly process = newId();
  private readonly listeners: Listener[] = [];
  /** Types of events that the other processes were not notified of yet. */
  private readonly unsent = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  notify(types: readonly string[] = []): void {
    this.listeners.forEach((listener) => listener(types, true));
    types.forEach((type) => this.unsent.add(type));
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const payload = [this.process, ...this.unsent].join(' ');
      this.unsent.clear();
      this.dataSource
        .query(`SELECT pg_notify('${CHANNEL}', $1)`, [payload])
        .catch((error: unknown) => log.debug({ err: error }, 'a notification was not sent: the relay polls'));
    }, DEBOUNCE_MS).unref();
  }

  /**
   * Calls the listener for the events of this process at once, before the caller of the use case is answered. It is
   * called for the events of other processes while {@link listen} has a connection.
   */
  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Calls `wake` at each notification, of this process too, while {@link listen} has a connection. */
  onNotification(wake: () => void): void {
    this.wakers.push(wake);
  }

  /** Opens the connection that receives notifications, unless it is open. A later call repeats a failed attempt. */
  async listen(): Promise<void> {
    this.connection ??= this.connect();
    await this.connection.catch(() => (this.connection = undefined));
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.connection?.then(
      (client) => client.end(),
      () => undefined, // the connection failed to open
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
      this.wakers.forEach((wake) => wake());
      const [process, ...types] = payload.split(' ');
      if (process !== this.process) this.listeners.forEach((listener) => listener(types, false));
    });
    client.on('error', (error) => {
      log.warn({ err: error }, 'the connection that announces new events is lost: they are polled for');
      this.connection = undefined;
    });
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  }
}
