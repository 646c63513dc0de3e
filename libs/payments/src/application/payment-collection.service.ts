import { Injectable } from '@nestjs/common';
import { Clock, Money, type MoneyView } from '@holdfast/shared-kernel';
import { log, UnitOfWork } from '@holdfast/platform';
import { Payment } from '../domain/payment';
import { PaymentRepository } from '../domain/payment.repository';
import { type Charge, type ChargeState, PaymentProviders, ProviderRefusal } from '../domain/payment-provider';
import { NoProviderAvailable } from '../domain/payments.errors';

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
  async collect(orderId: string, amount: MoneyView): Promise<void> {
    const due = Money.parse(amount);
    if (due.hundredths === 0n || !this.providers.inOrder.length) return;
    await this.open(orderId, due);
    await this.offer(orderId);
  }

  /**
   * Offers an open payment to one provider after the other, until one has it. The next is asked only when it is certain
   * that the one before does not have it. Throws NoProviderAvailable when none would, or what left it uncertain.
   */
  async offer(orderId: string): Promise<void> {
    const refusing: string[] = [];
    for (;;) {
      const charge = await this.begin(orderId, refusing);
      if (charge === 'settled') return;
      if (!charge) throw new NoProviderAvailable();
      const isLast = this.remaining([...refusing, charge.provider]).length === 0;
      const state = await this.start(charge, isLast);
      if (state === 'refused' || state.status === 'voided') {
        await this.giveUp(charge, state === 'refused' ? 'refused' : 'voided');
        refusing.push(charge.provider);
        continue;
      }
      await this.learn(charge, state);
      await this.voidUnwanted(orderId); // it may have been canceled while the provider was asked
      return;
    }
  }

  /** The order is canceled: what was not captured is voided, what was is refunded. */
  async cancel(orderId: string): Promise<void> {
    await this.close(orderId);
    await this.voidUnwanted(orderId);
  }

  /** Asks the provider what has become of a payment of which nothing was heard. */
  async inquire(orderId: string): Promise<void> {
    const charge = await this.pendingCharge(orderId);
    if (!charge) return;
    const state = await this.providers.named(charge.provider).ask(charge);
    if (state) await this.learn(charge, state);
  }

  /** Nobody would take it on, and nobody is asked any more. */
  @UnitOfWork()
  async fail(orderId: string): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    payment?.fail('no payment provider is available', this.clock.now());
  }

  /** An uncertain outcome is settled under our key: what is there is adopted; otherwise the key is closed, and only then do others get their turn. */
  private async start(charge: Charge, isLast: boolean): Promise<ChargeState | 'refused'> {
    const provider = this.providers.named(charge.provider);
    try {
      return await provider.start(charge);
    } catch (error) {
      if (error instanceof ProviderRefusal) return 'refused';
      if (isLast) throw error; // nobody else to turn to: the same key is tried again
      log.warn(
        { err: error, provider: charge.provider, orderId: charge.orderId },
        'a provider left a charge uncertain',
      );
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
  private async begin(orderId: string, refusing: readonly string[]): Promise<Charge | 'settled' | undefined> {
    const payment = await this.payments.lockOf(orderId);
    if (payment?.status !== 'open') return 'settled';
    const provider = payment.liveAttempt?.provider ?? this.remaining(refusing)[0];
    return provider === undefined ? undefined : payment.chargeOf(payment.attemptWith(provider, this.clock.now()));
  }

  @UnitOfWork()
  private async giveUp({ key, orderId }: Charge, status: 'refused' | 'voided'): Promise<void> {
    const payment = await this.payments.lockOf(orderId);
    const attempt = payment?.attempt(key);
    if (attempt) payment?.giveUp(attempt, status, this.clock.now());
  }

  @UnitOfWork()
  private async learn({ key, orderId }: Charge, state: ChargeState): Promise<void> {
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

  @UnitOfWork()
  private async pendingCharge(orderId: string): Promise<Charge | undefined> {
    const payment = await this.payments.lockOf(orderId);
    const attempt = payment?.status === 'pending' ? payment.liveAttempt : undefined;
    return attempt && payment?.chargeOf(attempt);
  }
}
