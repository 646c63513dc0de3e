import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { Settings } from '@holdfast/platform';
import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  handleAll,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import {
  type Charge,
  type ChargeState,
  type Notice,
  PaymentProvider,
  PaymentProviders,
  ProviderRefusal,
  type RefundOrder,
} from '../domain/payment-provider';
import { PaymentProviderUnknown } from '../domain/payments.errors';
import { SimulatorProvider } from './simulator-provider';
import { StripeProvider } from './stripe-provider';

/** So many failures in a row open the breaker; after so many milliseconds one call is let through to see. */
const FAILURES = 5;
const REST_MS = 10_000;

/** Every call to a provider ends in time, and none is made to one that has failed again and again. */
export class GuardedProvider extends PaymentProvider {
  readonly name: string;
  readonly isInUse: boolean;
  private readonly policy;

  constructor(
    private readonly provider: PaymentProvider,
    longest: number,
  ) {
    super();
    this.name = provider.name;
    this.isInUse = provider.isInUse;
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) });
    this.policy = wrap(breaker, timeout(longest, TimeoutStrategy.Aggressive));
  }

  start = (charge: Charge): Promise<ChargeState> => this.guard(() => this.provider.start(charge));
  ask = (charge: Charge): Promise<ChargeState | undefined> => this.guard(() => this.provider.ask(charge));
  void = (charge: Charge): Promise<ChargeState> => this.guard(() => this.provider.void(charge));
  refund = (refund: RefundOrder): Promise<void> => this.guard(() => this.provider.refund(refund));

  readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Notice | undefined {
    return this.provider.readNotice(body, headers);
  }

  private async guard<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await this.policy.execute(call);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? new ProviderRefusal(this.name, 'its circuit is open') : error;
    }
  }
}

@Injectable()
export class ConfiguredProviders extends PaymentProviders {
  readonly inOrder: readonly string[];
  private readonly known: PaymentProvider[];

  constructor(settings: Settings, clock: Clock) {
    super();
    this.inOrder = settings.PAYMENT_PROVIDERS;
    const providers: PaymentProvider[] = [new StripeProvider(settings, clock)];
    // Whoever knows its secret pays for nothing: not where orders are shipped.
    if (settings.NODE_ENV !== 'production') providers.push(new SimulatorProvider(settings, clock));
    this.known = providers.map((provider) => new GuardedProvider(provider, settings.PAYMENT_CALL_TIMEOUT));
  }

  named(name: string): PaymentProvider {
    const provider = this.known.find((each) => each.name === name);
    if (!provider) throw new PaymentProviderUnknown(name);
    return provider;
  }
}
