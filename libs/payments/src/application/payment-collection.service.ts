import { Injectable } from '@nestjs/common';
import { Clock, Money, type MoneyView } from '@holdfast/shared-kernel';
import { log, UnitOfWork } from '@holdfast/platform';
import { Payment } from '../domain/payment';
import { PaymentRepository } from '../domain/payment.repository';
import { type Charge, type ChargeState, PaymentProviders, ProviderRefusal } from '../domain/payment-provider';
import { NoProviderAvailable } from '../domain/payments.errors';

/** A charge that a provider is about to be asked for. */
interface Offer {
  charge: Charge;
  /** It was asked for before, and nobody knows what came of that: a refusal now says nothing of then. */
  isRepeated: boolean;
  /** Of the payment. Where it has risen when the provider refuses, somebody else has asked as well. */
  version: number;
}

/**
 * Brings payments to providers and back from them: the intent is committed, the provider is called with nothing open,
 * the result is committed. Each of the three may be repeated, at any time and by several workers.
 */
@Injectable()
export class PaymentCollection {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly providers: PaymentProviders,
    private readonly clock: Clock,
  ) {}

  /** Opens the payment of an order and offers it around. */
  async collect(orderId: string, amount: MoneyView, isLastTry: boolean): Promise<void> {
    const due = Money.parse(amount);
    if (due.thousandths === 0n || !this.providers.inOrder.length) return;
    await this.open(orderId, due);
    await this.offer(orderId, isLastTry).catch((error: unknown) => {
      if (!isLastTry) throw error;
      // A dead letter would hold up what else happens to the order, and to try it again is what the reconciliation does.
      log.error({ err: error, orderId }, 'a charge is left uncertain: the reconciliation goes on asking');
    });
  }

  /**
   * Offers an open payment to one provider after the other, until one has it. The next is asked only when it is certain
   * that the one before does not have it. Throws NoProviderAvailable when none would, or what left it uncertain; but by
   * the last try it is settled, if any provider answers: a payment that none will ever have has failed.
   */
  async offer(orderId: string, isLastTry: boolean): Promise<void> {
    const refusing: string[] = [];
    for (;;) {
      const offer = await this.begin(orderId, refusing);
      if (offer === 'settled') return;
      if (!offer && isLastTry) return this.fail(orderId);
      if (!offer) throw new NoProviderAvailable();
      refusing.push(offer.charge.provider);
      const state = await this.start(offer, isLastTry || this.remaining(refusing).length > 0);
      if (state !== 'refused' && state.status !== 'voided') {
        await this.learn(offer.charge, state);
        return this.voidUnwanted(orderId); // it may have been canceled while the provider was asked
      }
      await this.giveUp(offer, state === 'refused' ? 'refused' : 'voided');
    }
  }

  /** The order is canceled: what was not captured is voided, what was is refunded. */
  async cancel(orderId: string): Promise<void> {
    await this.close(orderId);
    await this.voidUnwanted(orderId);
  }

  /** An uncertain outcome is settled under our key: what is there is adopted; otherwise the key is closed, and only then do others get their turn. */
  private async start({ charge, isRepeated }: Offer, mustKnow: boolean): Promise<ChargeState | 'refused'> {
    const { provider: name, orderId } = charge;
    const provider = this.providers.named(name);
    try {
      return await provider.start(charge);
    } catch (error) {
      if (error instanceof ProviderRefusal && !isRepeated) return 'refused';
      if (!mustKnow) throw error; // nobody else to turn to: the same key is tried again
      log.warn({ err: error, provider: name, orderId }, 'a provider left a charge uncertain');
      return (await provider.ask(charge)) ?? (await provider.void(charge));
    }
  }

  async voidUnwanted(orderId: string): Promise<void> {
    for (const charge of await this.unwantedCharges(orderId)) {
      const provider = this.providers.named(charge.provider);
      if (provider.isInUse) await this.learn(charge, await provider.void(charge));
    }
  }

  private remaining(refusing: readonly string[]): string[] {
    return this.providers.inOrder.filter((name) => !refusing.includes(name));
  }

  @UnitOfWork()
  private async open(orderId: string, amount: Money): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    if (!payment) this.payments.add(Payment.open(orderId, amount, this.clock.now()));
  }

  /** What to ask a provider next; undefined when all of them have refused. */
  @UnitOfWork()
  private async begin(orderId: string, refusing: readonly string[]): Promise<Offer | 'settled' | undefined> {
    const payment = await this.payments.lockOf(orderId);
    if (payment?.status !== 'open') return 'settled';
    const live = payment.liveAttempt;
    const provider = live?.provider ?? this.remaining(refusing)[0];
    if (provider === undefined) return undefined;
    const charge = payment.chargeOf(payment.attemptWith(provider, this.clock.now()));
    return { charge, isRepeated: live !== undefined, version: payment.version };
  }

  @UnitOfWork()
  private async giveUp({ charge, version }: Offer, status: 'refused' | 'voided'): Promise<void> {
    const payment = await this.payments.lockOf(charge.orderId);
    const attempt = payment?.attempt(charge.key);
    const isCertain = status === 'voided' || payment?.version === version;
    if (attempt && isCertain) payment?.giveUp(attempt, status, this.clock.now());
  }

  @UnitOfWork()
  private async fail(orderId: string): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    payment?.fail('no payment provider is available', this.clock.now());
  }

  @UnitOfWork()
  async learn({ key, orderId }: Charge, state: ChargeState): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    const attempt = payment?.attempt(key);
    if (!payment || !attempt) return;
    const verdict = payment.learn(attempt, state, this.clock.now());
    if (verdict === 'ignored') payment.noteSilence(this.clock.now());
    if (verdict === 'amount-mismatch') log.error({ orderId, attemptId: key }, 'a provider captured another amount');
  }

  @UnitOfWork()
  private async close(orderId: string): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    payment?.cancel(this.clock.now());
  }

  @UnitOfWork()
  private async unwantedCharges(orderId: string): Promise<Charge[]> {
    const payment = await this.payments.lockOf(orderId);
    return payment?.toVoid.map((attempt) => payment.chargeOf(attempt)) ?? [];
  }
}
