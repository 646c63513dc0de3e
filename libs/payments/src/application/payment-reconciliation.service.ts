import { Injectable } from '@nestjs/common';
import type { RefundRequested } from '@holdfast/contracts';
import { Clock, newId } from '@holdfast/shared-kernel';
import { EventLog, log, requestContext, UnitOfWork } from '@holdfast/platform';
import { Counter } from 'prom-client';
import { PaymentsSettings } from '../payments.settings';
import type { Payment } from '../domain/payment';
import { type Deadlines, PaymentRepository } from '../domain/payment.repository';
import {
  type Charge,
  type ChargeState,
  type PaymentProvider,
  PaymentProviders,
  ProviderRefusal,
  ProviderUnavailable,
} from '../domain/payment-provider';
import { NoProviderAvailable } from '../domain/payments.errors';
import { PaymentCollection } from './payment-collection.service';
import { PaymentRefunds } from './payment-refunds.service';

/** Payments that one round looks after at most. */
const BATCH = 100;
/** Events that one round looks through at most. */
const EVENTS = 1_000;
/** Inquiries follow after PAYMENT_RECONCILE_AFTER × 2^backoff: an eighth of it after an outage, an hour at most. */
const SOONEST = -3;
const LATEST = 6;

const notStarted = new Counter({
  name: 'payments_not_started_total',
  help: 'Orders that were canceled because no payment provider took their payment on within PAYMENT_START_TIMEOUT.',
});
const unknown = new Counter({
  name: 'payments_unknown_total',
  help: 'Orders that were canceled because the payment provider that had accepted their payment does not know it.',
});

const NOT_STARTED = 'no payment provider took it on in time';

/** An undecided payment as it stands before an inquiry. */
interface Subject {
  charge?: Charge;
  isAccepted: boolean;
  isOverdue: boolean;
}

/**
 * Finds what should have happened at a provider (a charge, a void, a refund) and brings it about, whatever the reason
 * why it did not. Ends payments whose time is over, but only after their provider was asked.
 */
@Injectable()
export class PaymentReconciliation {
  private readonly deadlines: Deadlines;

  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly collection: PaymentCollection,
    private readonly refunds: PaymentRefunds,
    private readonly events: EventLog,
    private readonly clock: Clock,
    settings: PaymentsSettings,
  ) {
    this.deadlines = {
      inquireAfter: settings.PAYMENT_RECONCILE_AFTER,
      toPay: settings.PAYMENT_TIMEOUT,
      toStart: settings.PAYMENT_START_TIMEOUT,
    };
  }

  /** Returns how many orders it looked after. What cannot be settled now is left to a later round. */
  async reconcile(): Promise<number> {
    const { unopened, canceled, refunded, due } = await this.findWork();
    for (const orderId of unopened) await this.settleOrWarn(orderId, () => this.collection.findOrOpen(orderId));
    for (const orderId of canceled) await this.settleOrWarn(orderId, () => this.collection.cancel(orderId));
    for (const orderId of refunded) await this.settleOrWarn(orderId, () => this.requestRefunds(orderId));
    for (const orderId of due) await requestContext.run({ requestId: newId() }, () => this.settle(orderId));
    return unopened.length + canceled.length + refunded.length + due.length;
  }

  /** Has the next round look after an order soon, because a call to its provider failed. */
  @UnitOfWork()
  async expedite(orderId: string): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    payment?.noteInquiry(SOONEST, this.clock.now());
  }

  /**
   * Events that the relay has not handled, for another handler's failure perhaps, keep nothing from its provider. An
   * order that still waits for a worker is left to it: the time to begin with its payment has not begun.
   */
  @UnitOfWork()
  private async findWork() {
    const { inquireAfter, toStart } = this.deadlines;
    const find = (type: string, olderThan: number, begun = false) =>
      this.events.findUnhandled(type, { olderThan, atMost: EVENTS, begun });
    return {
      unopened: await this.payments.findUnopened(await find('ordering.order-placed', toStart, true)),
      canceled: await this.payments.findUnended(await find('ordering.order-canceled', inquireAfter)),
      refunded: await find('ordering.refund-requested', inquireAfter),
      due: await this.payments.findDue(this.deadlines, BATCH),
    };
  }

  /** Each step is tried, whatever became of the one before. */
  private async settle(orderId: string): Promise<void> {
    const before = await this.progressOf(orderId);
    const steps = [
      () => this.collection.offer(orderId, true),
      () => this.inquire(orderId),
      () => this.collection.voidUnwanted(orderId),
      () => this.refunds.send(orderId),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await this.settleOrWarn(orderId, step, failures);
    await this.settleOrWarn(orderId, () => this.noteInquiry(orderId, before, failures));
  }

  /** Asks the provider about an undecided payment, and ends the payment when its time is over or it is unknown. */
  private async inquire(orderId: string): Promise<void> {
    const subject = await this.subjectOf(orderId);
    if (!subject) return;
    const { charge, isAccepted, isOverdue } = subject;
    if (!charge) return isOverdue ? this.endUnstarted(orderId) : undefined;
    if (!isAccepted && !isOverdue) return; // it is offered again
    await this.inquireAbout(charge, subject).catch(async (error: unknown) => {
      if (!isAccepted) await this.endUnstarted(orderId); // its stock does not wait for a provider that is away
      throw error;
    });
  }

  private async inquireAbout(charge: Charge, { isAccepted, isOverdue }: Subject): Promise<void> {
    const provider = this.providers.named(charge.provider);
    const state = provider.isInUse ? await provider.ask(charge) : undefined;
    const isLeftUnpaid = isOverdue && isAccepted && state?.status === 'pending';
    if (state && !isLeftUnpaid) return void (await this.collection.follow(charge, state));
    const ended = await this.end(provider, charge, state);
    if (ended.status !== 'voided') return void (await this.collection.follow(charge, ended));
    const reason = state ? 'not paid in time' : isAccepted ? 'the provider does not know it' : NOT_STARTED;
    if ((await this.collection.follow(charge, { ...ended, reason })) && !state) this.report(charge.orderId, isAccepted);
  }

  /** Voids a charge. One that its provider does not know is void, whatever the provider answers to that. */
  private async end(provider: PaymentProvider, charge: Charge, state?: ChargeState): Promise<ChargeState> {
    const isVoid: ChargeState = { status: 'voided', reference: charge.reference };
    if (!provider.isInUse) return isVoid;
    return provider.void(charge).catch((error: unknown) => {
      if (error instanceof ProviderRefusal && !state) return isVoid;
      throw error;
    });
  }

  private async endUnstarted(orderId: string): Promise<void> {
    const isEnded = await this.collection.failUnstarted(orderId, NOT_STARTED);
    if (isEnded && this.providers.inOrder.length) this.report(orderId, false);
  }

  private report(orderId: string, isAccepted: boolean): void {
    (isAccepted ? unknown : notStarted).inc();
    const reason = isAccepted ? 'the provider does not know its payment' : NOT_STARTED;
    log.error({ orderId, reason }, 'an order is canceled for want of a payment provider');
  }

  private async requestRefunds(orderId: string): Promise<void> {
    for (const event of await this.refundsAskedFor(orderId)) await this.refunds.request(event);
  }

  @UnitOfWork()
  private async refundsAskedFor(orderId: string): Promise<RefundRequested[]> {
    const events = await this.events.of(orderId);
    return events.filter((event): event is RefundRequested => event.type === 'ordering.refund-requested');
  }

  @UnitOfWork()
  private async subjectOf(orderId: string): Promise<Subject | undefined> {
    const payment = await this.payments.lockOf(orderId);
    if (!payment?.isUndecided) return undefined;
    const { liveAttempt, acceptedAt, openedAt } = payment;
    const [since, limit] = acceptedAt ? [acceptedAt, this.deadlines.toPay] : [openedAt, this.deadlines.toStart];
    return {
      charge: liveAttempt && liveAttempt.chargeOf(payment),
      isAccepted: payment.status === 'pending',
      isOverdue: this.clock.now().getTime() - since.getTime() >= limit,
    };
  }

  @UnitOfWork()
  private async progressOf(orderId: string): Promise<Progress | undefined> {
    const payment = await this.payments.lockOf(orderId);
    return payment && progressIn(payment);
  }

  /** Without news the next inquiry follows later each time; after a failed call it follows soon, and then less soon. */
  @UnitOfWork()
  private async noteInquiry(orderId: string, before: Progress | undefined, failures: unknown[]): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    if (!payment || !before || (!failures.length && progressIn(payment).states !== before.states)) return;
    payment.noteInquiry(backoffAfter(before.backoff, failures), this.clock.now());
  }

  private async settleOrWarn(orderId: string, settle: () => Promise<unknown>, failures: unknown[] = []): Promise<void> {
    await settle().catch((error: unknown) => {
      failures.push(error);
      log.warn({ err: error, orderId }, 'a payment cannot be settled now: a later round tries again');
    });
  }
}

/** How far a payment has come, to see whether a round has brought it further. */
interface Progress {
  states: string;
  backoff: number;
}

const progressIn = ({ status, attempts, refunds, backoff }: Payment): Progress => ({
  states: [status, ...attempts.map((attempt) => attempt.status), ...refunds.map((refund) => refund.status)].join(' '),
  backoff,
});

function backoffAfter(backoff: number, failures: unknown[]): number {
  const isRefused = failures.every((failure) => failure instanceof ProviderRefusal || isRefusedByAll(failure));
  if (isRefused) return Math.min(Math.max(backoff, 0) + 1, LATEST);
  if (backoff === 0 || failures.some(isUnavailable)) return SOONEST;
  return Math.min(backoff + 1 || 1, LATEST);
}

const isUnavailable = (failure: unknown): boolean =>
  failure instanceof ProviderUnavailable || (failure as Error).cause instanceof ProviderUnavailable;

const isRefusedByAll = (failure: unknown): boolean => failure instanceof NoProviderAvailable && !isUnavailable(failure);
