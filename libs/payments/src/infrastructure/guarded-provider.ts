import { Injectable } from '@nestjs/common';
import { Clock, type Money } from '@holdfast/shared-kernel';
import { traced } from '@holdfast/platform';
import {
  BrokenCircuitError,
  bulkhead,
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
  CircuitOpen,
  type Notice,
  PaymentProvider,
  PaymentProviders,
  ProviderRefusal,
  type RefundOrder,
  type RefundState,
} from '../domain/payment-provider';
import { PaymentProviderUnknown } from '../domain/payments.errors';
import { PayPalProvider } from './paypal-provider';
import { SimulatorProvider } from './simulator-provider';
import { StripeProvider } from './stripe-provider';

/** Consecutive failures that open the circuit. */
const FAILURES = 5;
/** Milliseconds until an open circuit lets one trial call through. */
const REST_MS = 10_000;

const circuit = new Gauge({
  name: 'payment_provider_circuit',
  help: 'State of the circuit of a payment provider: 0 closed, 1 half open (one trial call), 2 open (no calls).',
  labelNames: ['provider'],
});
const VALUE: Record<CircuitState, number> = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
};

type Limits = Pick<PaymentsSettings, 'PAYMENT_CONCURRENCY' | 'PAYMENT_CALL_TIMEOUT'>;

/** Bounds the number of calls to a provider and the time of each, and makes none for a while after several failures. */
export class GuardedProvider extends PaymentProvider {
  readonly name: string;
  readonly isInUse: boolean;
  readonly hasWebhooks: boolean;
  private readonly policy;

  constructor(
    private readonly provider: PaymentProvider,
    { PAYMENT_CONCURRENCY: atOnce, PAYMENT_CALL_TIMEOUT: longest }: Limits,
  ) {
    super();
    this.name = provider.name;
    this.isInUse = provider.isInUse;
    this.hasWebhooks = provider.hasWebhooks;
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) });
    if (this.isInUse) {
      circuit.set({ provider: this.name }, VALUE[CircuitState.Closed]);
      breaker.onStateChange((state) => circuit.set({ provider: this.name }, VALUE[state]));
    }
    // A call that waits for its turn has not begun: its time does not run.
    this.policy = wrap(bulkhead(atOnce, Infinity), breaker, timeout(longest, TimeoutStrategy.Aggressive));
  }

  takes = (amount: Money): boolean => this.provider.takes(amount);
  start = (charge: Charge): Promise<ChargeState> => this.guard('start', () => this.provider.start(charge));
  ask = (charge: Charge): Promise<ChargeState | undefined> => this.guard('ask', () => this.provider.ask(charge));
  void = (charge: Charge): Promise<ChargeState> => this.guard('void', () => this.provider.void(charge));
  refund = (refund: RefundOrder): Promise<RefundState> => this.guard('refund', () => this.provider.refund(refund));

  readNotice(body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Notice | undefined> {
    return this.provider.readNotice(body, headers);
  }

  private async guard<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      // A signal of its own: the default one of all calls warns of a leak when more than ten are under way.
      const { signal } = new AbortController();
      const run = () => this.policy.execute(() => settled(call), signal);
      const answer = await traced('CLIENT', `${this.name} ${what}`, {}, run);
      if (answer instanceof ProviderRefusal) throw answer;
      return answer;
    } catch (error) {
      throw error instanceof BrokenCircuitError ? new CircuitOpen(this.name) : error;
    }
  }
}

/** A refusal is an answer: the provider works, so its circuit counts a success. */
async function settled<T>(call: () => Promise<T>): Promise<T | ProviderRefusal> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ProviderRefusal) return error;
    throw error;
  }
}

@Injectable()
export class ConfiguredProviders extends PaymentProviders {
  readonly inOrder: readonly string[];
  private readonly known: PaymentProvider[];

  constructor(settings: PaymentsSettings, clock: Clock) {
    super();
    this.known = [StripeProvider, PayPalProvider, SimulatorProvider].map(
      (Provider) => new GuardedProvider(new Provider(settings, clock), settings),
    );
    this.inOrder = settings.PAYMENT_PROVIDERS.filter((name) => this.named(name).isInUse);
  }

  named(name: string): PaymentProvider {
    const provider = this.known.find((each) => each.name === name);
    if (!provider) throw new PaymentProviderUnknown(name);
    return provider;
  }
}
