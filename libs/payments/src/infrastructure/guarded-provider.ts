import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { Settings, traced } from '@holdfast/platform';
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { Gauge } from 'prom-client';
import { PaymentsSettings } from '../payments.settings';
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

const circuit = new Gauge({
  name: 'payment_provider_circuit',
  help: 'Whether a payment provider is called: 0 as ever, 1 for a trial after failures, 2 not at all for a while.',
  labelNames: ['provider'],
});
const VALUE: Record<CircuitState, number> = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
};

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
    if (this.isInUse) {
      circuit.set({ provider: this.name }, VALUE[CircuitState.Closed]);
      breaker.onStateChange((state) => circuit.set({ provider: this.name }, VALUE[state]));
    }
    this.policy = wrap(breaker, timeout(longest, TimeoutStrategy.Aggressive));
  }

  start = (charge: Charge): Promise<ChargeState> => this.guard('start', () => this.provider.start(charge));
  ask = (charge: Charge): Promise<ChargeState | undefined> => this.guard('ask', () => this.provider.ask(charge));
  void = (charge: Charge): Promise<ChargeState> => this.guard('void', () => this.provider.void(charge));
  refund = (refund: RefundOrder): Promise<void> => this.guard('refund', () => this.provider.refund(refund));

  readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Notice | undefined {
    return this.provider.readNotice(body, headers);
  }

  private async guard<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await traced('CLIENT', `${this.name} ${what}`, {}, () => this.policy.execute(call));
    } catch (error) {
      throw error instanceof BrokenCircuitError ? new ProviderRefusal(this.name, 'its circuit is open') : error;
    }
  }
}

@Injectable()
export class ConfiguredProviders extends PaymentProviders {
  readonly inOrder: readonly string[];
  private readonly known: PaymentProvider[];

  constructor(settings: PaymentsSettings, { NODE_ENV }: Settings, clock: Clock) {
    super();
    this.inOrder = settings.PAYMENT_PROVIDERS;
    const providers: PaymentProvider[] = [new StripeProvider(settings, clock)];
    // Whoever knows its secret pays for nothing: not where orders are shipped.
    if (NODE_ENV !== 'production') providers.push(new SimulatorProvider(settings, clock));
    this.known = providers.map((provider) => new GuardedProvider(provider, settings.PAYMENT_CALL_TIMEOUT));
  }

  named(name: string): PaymentProvider {
    const provider = this.known.find((each) => each.name === name);
    if (!provider) throw new PaymentProviderUnknown(name);
    return provider;
  }
}
