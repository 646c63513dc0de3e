import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config';
import { log, metrics } from '../observability';
import type { OutboxSignal } from '../outbox';

/**
 * Does rounds of work on the event log until it is told to stop: the next at once while a round says there is more,
 * otherwise at the news of an event, or when the poll finds what no news told of. A round that fails is tried again, after
 * the outbox's delays and then at the last of them, however long it takes: the log waits.
 */
export class EventLoop {
  private readonly stop = new AbortController();
  private rest = new AbortController();
  private running?: Promise<void>;

  constructor(
    private readonly work: string,
    private readonly signal: OutboxSignal,
    private readonly settings: Settings,
    private readonly round: () => Promise<boolean>,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Begins the next round now, if it is resting. */
  wake(): void {
    this.rest.abort();
  }

  /** Lets the round under way finish. */
  async finish(): Promise<void> {
    this.stop.abort();
    this.rest.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const delays = this.settings.OUTBOX_RETRY_DELAYS;
    for (let failures = 0; !this.stop.signal.aborted;) {
      this.rest = new AbortController();
      try {
        const more = await this.round();
        if (failures) log.info({ failures }, `${this.work}: it goes on`);
        failures = 0;
        if (!more) await this.pause();
      } catch (error) {
        failures += 1;
        metrics.workerErrors.inc();
        // Once, not at every attempt of an outage.
        log[failures === 1 ? 'warn' : 'debug']({ err: error }, `${this.work} failed; it is tried again until it goes`);
        const delay = delays[Math.min(failures, delays.length) - 1];
        await sleep(delay, undefined, { signal: this.stop.signal }).catch(() => undefined); // told to stop
      }
    }
  }

  private async pause(): Promise<void> {
    const { signal } = this.rest;
    if (this.stop.signal.aborted) return;
    const poll = sleep(this.settings.OUTBOX_POLL_INTERVAL, undefined, { signal }).catch(() => undefined);
    const news = this.signal.next(signal);
    await Promise.race([poll, news]);
    this.rest.abort();
    await Promise.all([poll, news]);
  }
}
