import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config';
import { log, metrics } from '../observability';
import { type OutboxSignal, Rest } from '../outbox';

/**
 * Repeats a round of work on the event log until it is stopped. The next round begins at once while one returns true,
 * otherwise at the next notification or poll. A failed round is retried after the outbox's delays, and then after the
 * last of them, for ever: the log waits.
 */
export class EventLoop {
  private readonly stop = new AbortController();
  private readonly rest = new Rest();
  private running?: Promise<void>;

  constructor(
    private readonly work: string,
    private readonly signal: OutboxSignal,
    private readonly settings: Settings,
    private readonly round: () => Promise<boolean>,
  ) {
    signal.onNotification(this.rest.end);
  }

  start(): void {
    this.running = this.run();
  }

  wake = (): void => this.rest.end();

  /** Stops the loop when the round under way has ended. */
  async finish(): Promise<void> {
    this.stop.abort();
    this.rest.end();
    await this.running;
  }

  private async run(): Promise<void> {
    const delays = this.settings.OUTBOX_RETRY_DELAYS;
    for (let failures = 0; !this.stop.signal.aborted;) {
      try {
        const more = await this.round();
        if (failures) log.info({ failures }, `${this.work} works again`);
        failures = 0;
        void this.signal.listen(); // without a connection the loop polls
        if (!more) await this.rest.take(this.settings.OUTBOX_POLL_INTERVAL);
      } catch (error) {
        failures += 1;
        metrics.workerErrors.inc();
        // An outage is one warning, not one for each attempt.
        log[failures === 1 ? 'warn' : 'debug']({ err: error }, `${this.work} failed and is retried until it works`);
        const delay = delays[Math.min(failures, delays.length) - 1];
        await sleep(delay, undefined, { signal: this.stop.signal }).catch(() => undefined); // stopped
      }
    }
  }
}
