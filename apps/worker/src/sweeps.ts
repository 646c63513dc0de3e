import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { RecoverySweep } from '@holdfast/account-recovery';
import { CartSweep } from '@holdfast/cart';
import { StockService } from '@holdfast/catalog';
import { IdentitySweep } from '@holdfast/identity';
import { OperationsReports } from '@holdfast/notifications';
import { PaymentReconciliation, PaymentsSettings } from '@holdfast/payments';
import { AuditLog, EventLog, IdempotencyKeys, log, metrics, Settings } from '@holdfast/platform';
import { WebhookCourier } from '@holdfast/webhooks';

const ALERT_EVERY_MS = 5_000;
/** All carts are looked at: an index on the time of their last change would cost each change more. */
const CARTS_EVERY_MS = 3_600_000;

interface Sweep {
  name: string;
  every: number;
  run: () => Promise<number>;
}

/** The recurring jobs. Each is safe in several workers at once; the next round makes up for one that failed. */
@Injectable()
export class Sweeps {
  private readonly stop = new AbortController();
  private readonly sweeps: Sweep[];
  private running?: Promise<unknown>;

  constructor(
    { SWEEP_INTERVAL: every }: Settings,
    { PAYMENT_RECONCILE_AFTER, PAYMENT_TIMEOUT, PAYMENT_START_TIMEOUT }: PaymentsSettings,
    keys: IdempotencyKeys,
    identity: IdentitySweep,
    recovery: RecoverySweep,
    carts: CartSweep,
    events: EventLog,
    audit: AuditLog,
    webhooks: WebhookCourier,
    stock: StockService,
    payments: PaymentReconciliation,
    reports: OperationsReports,
  ) {
    /** A deadline is met within a tenth of its time. */
    const within = (time: number) => Math.min(every, Math.max(time / 10, 200));
    const paymentWait = Math.min(PAYMENT_RECONCILE_AFTER, PAYMENT_TIMEOUT, PAYMENT_START_TIMEOUT);
    this.sweeps = [
      { name: 'expired idempotency keys', every, run: () => keys.sweep() },
      { name: 'expired sessions and former addresses', every, run: () => identity.sweep() },
      { name: 'expired password resets and verifications', every, run: () => recovery.sweep() },
      { name: 'abandoned carts', every: Math.max(every, CARTS_EVERY_MS), run: () => carts.sweep() },
      { name: 'expired holds', every, run: () => stock.sweepHolds() },
      { name: 'old events', every, run: () => events.sweep() },
      { name: 'old audit entries', every, run: () => audit.sweep() },
      { name: 'old webhook deliveries', every, run: () => webhooks.sweep() },
      { name: 'undecided payments', every: within(paymentWait), run: () => payments.reconcile() },
      { name: 'alerts for operations', every: Math.min(every, ALERT_EVERY_MS), run: () => reports.reportAlerts() },
      { name: 'products low on stock', every, run: () => reports.reportLowStock() },
    ];
  }

  start(): void {
    setMaxListeners(this.sweeps.length, this.stop.signal); // each rests until it is time, or until the stop
    this.running = Promise.all(this.sweeps.map((sweep) => this.repeat(sweep)));
  }

  /** Lets the sweeps under way finish. */
  async finish(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async repeat({ name, every, run }: Sweep): Promise<void> {
    while (!this.stop.signal.aborted) {
      try {
        const swept = await run();
        if (swept) log.info({ swept }, `swept ${name}`);
      } catch (error) {
        metrics.workerErrors.inc();
        log.error({ err: error }, `sweeping ${name} failed; the next round tries again`);
      }
      await sleep(every, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }
}
