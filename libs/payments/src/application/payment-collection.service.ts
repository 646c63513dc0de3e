import { Injectable } from '@nestjs/common';
import type { OrderPlaced } from '@holdfast/contracts';
import { Clock, Money } from '@holdfast/shared-kernel';
import { EventLog, log, UnitOfWork } from '@holdfast/platform';
import { Payment } from '../domain/payment';
import { PaymentRepository } from '../domain/payment.repository';
import {
  type Charge,
  type ChargeState,
  PaymentProviders,
  ProviderRefusal,
  ProviderUnavailable,
} from '../domain/payment-provider';
import { NoProviderAvailable } from '../domain/payments.errors';

/** A charge that a provider is about to be asked for. */
interface Offer {
  charge: Charge;
  /** The provider was asked before with an unknown effect, which a refusal now does not decide. */
  isRepeated: boolean;
  /** The payment's version. When it has risen by the time of a refusal, another worker has asked as well. */
  version: number;
}

type Refused = ProviderRefusal | ProviderUnavailable;
const isRefused = (answer: ChargeState | Refused): answer is Refused => answer instanceof Error;

/**
 * Brings payments to providers and their states back: the intent is committed, the provider is called with no
 * transaction open, the result is committed. Each step may be repeated at any time and by several workers.
 */
@Injectable()
export class PaymentCollection {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** Opens the payment of an order and offers it to the providers. Throws what {@link offer} throws. */
  async collect(placed: OrderPlaced, isLastTry: boolean): Promise<void> {
    await this.offer(placed.orderId, isLastTry, placed);
  }

  /**
   * Offers an open payment to one provider after the other, until one has it. The next is asked only when the one
   * before certainly does not have it; by the last try an unknown effect is settled first. Throws NoProviderAvailable,
   * or the error that left the effect unknown. A payment whose order is canceled is not offered. One that is not open
   * yet is opened when `placed` is given.
   */
  async offer(orderId: string, isLastTry: boolean, placed?: OrderPlaced): Promise<void> {
    const refusing = new Map<string, unknown>();
    for (;;) {
      const offer = await this.begin(orderId, [...refusing.keys()], placed);
      if (offer === 'settled') return;
      if (!offer)
        throw new NoProviderAvailable([...refusing.values()].find((each) => each instanceof ProviderUnavailable));
      const { provider } = offer.charge;
      refusing.set(provider, undefined);
      const others = this.remaining(offer.charge.amount, [...refusing.keys()]);
      const answer = await this.start(offer, isLastTry || others.length > 0);
      if (!isRefused(answer) && answer.status !== 'voided') {
        const { unwanted } = await this.accept(offer.charge, answer);
        return this.void(unwanted); // its order may have been canceled during the call
      }
      refusing.set(provider, answer);
      await this.giveUp(offer, answer);
    }
  }

  /** Follows a canceled order: what was not captured is voided, what was is refunded. */
  async cancel(orderId: string): Promise<void> {
    await this.close(orderId);
    await this.voidUnwanted(orderId);
  }

  async voidUnwanted(orderId: string): Promise<void> {
    await this.void(await this.unwantedCharges(orderId));
  }

  private async void(charges: Charge[]): Promise<void> {
    for (const charge of charges) {
      const provider = this.providers.named(charge.provider);
      if (provider.isInUse) await this.follow(charge, await provider.void(charge));
    }
  }

  /** Follows the provider's state of a charge; true when it brought something new. */
  @UnitOfWork()
  async follow({ key, orderId }: Charge, state: ChargeState): Promise<boolean> {
    const payment = await this.payments.lockOf(orderId);
    const attempt = payment?.findAttempt(key);
    if (!payment || !attempt) return false;
    const verdict = payment.follow(attempt, state, this.clock.now());
    if (verdict === 'amount-mismatch') log.error({ orderId, attemptId: key }, 'a provider captured another amount');
    return verdict === 'applied';
  }

  @UnitOfWork({ grouped: true })
  private async accept(charge: Charge, state: ChargeState): Promise<{ unwanted: Charge[] }> {
    await this.follow(charge, state);
    return { unwanted: await this.unwantedCharges(charge.orderId) };
  }

  /** Ends a payment that no provider took on; false when one has it by now. */
  @UnitOfWork()
  async failUnstarted(orderId: string, reason: string): Promise<boolean> {
    const payment = await this.payments.lockOf(orderId);
    payment?.failUnstarted(reason, this.clock.now());
    return payment?.status === 'failed';
  }

  /** Finds the payment of an order, or opens it from the event log when the order's event is not handled yet. */
  @UnitOfWork()
  async findOrOpen(orderId: string): Promise<Payment | undefined> {
    const known = await this.payments.lockOf(orderId);
    if (known) return known;
    const events = await this.events.of(orderId);
    const placed = events.find((event): event is OrderPlaced => event.type === 'ordering.order-placed');
    const payment = placed && (await this.open(placed));
    if (payment && events.some(isCancellation)) payment.cancel(this.clock.now());
    return payment;
  }

  /** Settles an unknown effect under our key: adopts what is there; otherwise closes the key, and only then goes on. */
  private async start({ charge, isRepeated }: Offer, mustKnow: boolean): Promise<ChargeState | Refused> {
    const { provider: name, orderId } = charge;
    const provider = this.providers.named(name);
    try {
      return await provider.start(charge);
    } catch (error) {
      const isCertain = error instanceof ProviderRefusal || error instanceof ProviderUnavailable;
      if (isCertain && !isRepeated) return error;
      if (!mustKnow) throw error; // no other provider is left: the same key is tried again
      log.warn({ err: error, provider: name, orderId }, 'the effect of a call to a payment provider is unknown');
      return (await provider.ask(charge)) ?? (await provider.void(charge));
    }
  }

  private remaining(amount: Money, refusing: readonly string[]): string[] {
    return this.providers.inOrder.filter(
      (name) => !refusing.includes(name) && this.providers.named(name).takes(amount),
    );
  }

  @UnitOfWork()
  private async open({ orderId, total }: OrderPlaced): Promise<Payment | undefined> {
    const amount = Money.parse(total);
    if (amount.thousandths === 0n) return undefined;
    const known = await this.payments.lockOf(orderId);
    if (known) return known;
    const payment = Payment.open(orderId, amount, this.clock.now());
    this.payments.add(payment);
    return payment;
  }

  /** What to ask a provider next; undefined when all of them have refused. */
  @UnitOfWork({ grouped: true })
  private async begin(
    orderId: string,
    refusing: readonly string[],
    placed?: OrderPlaced,
  ): Promise<Offer | 'settled' | undefined> {
    const payment = placed ? await this.open(placed) : await this.payments.lockOf(orderId);
    if (payment?.status === 'open' && (await this.isCanceled(orderId))) payment.cancel(this.clock.now());
    if (payment?.status !== 'open' || !this.providers.inOrder.length) return 'settled';
    const live = payment.liveAttempt;
    const provider = live?.provider ?? this.remaining(payment.amount, refusing)[0];
    if (provider === undefined) return undefined;
    const charge = payment.attemptWith(provider, this.clock.now()).chargeOf(payment);
    return { charge, isRepeated: live !== undefined, version: payment.version };
  }

  @UnitOfWork()
  private async giveUp({ charge, version }: Offer, answer: ChargeState | Refused): Promise<void> {
    const payment = await this.payments.lockOf(charge.orderId);
    const attempt = payment?.findAttempt(charge.key);
    if (!payment || !attempt) return;
    // Another worker may have brought the charge to its provider meanwhile.
    const isCertain = isRefused(answer)
      ? payment.version === version
      : attempt.reference === null || attempt.reference === answer.reference;
    if (isCertain) payment.giveUp(attempt, isRefused(answer) ? 'refused' : 'voided', this.clock.now());
  }

  @UnitOfWork()
  private async close(orderId: string): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    payment?.cancel(this.clock.now());
  }

  @UnitOfWork()
  private async unwantedCharges(orderId: string): Promise<Charge[]> {
    const payment = await this.payments.lockOf(orderId);
    return payment?.toVoid.map((attempt) => attempt.chargeOf(payment)) ?? [];
  }

  /** The order's cancellation waits in the log behind the event that offers its payment. */
  private async isCanceled(orderId: string): Promise<boolean> {
    return (await this.events.of(orderId)).some(isCancellation);
  }
}

const isCancellation = ({ type }: { type: string }): boolean => type === 'ordering.order-canceled';
