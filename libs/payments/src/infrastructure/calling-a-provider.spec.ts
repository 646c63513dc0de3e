import { setImmediate as nextTurn } from 'node:timers/promises';
import { Money } from '@holdfast/shared-kernel';
import {
  type Charge,
  type ChargeState,
  CircuitOpen,
  PaymentProvider,
  ProviderRefusal,
  ProviderUnavailable,
} from '../domain/payment-provider';
import { GuardedProvider } from './guarded-provider';

const CHARGE: Charge = {
  ...{ key: 'k', provider: 'acme', orderId: 'o', reference: null },
  amount: Money.parse({ amount: '1.00', currency: 'GBP' }),
};
const PENDING: ChargeState = { status: 'pending', reference: 'r' };

/** Answers `start` as it is told to, and is asked for nothing else. */
class ToldProvider extends PaymentProvider {
  readonly name = 'acme';
  readonly isInUse = true;
  readonly hasWebhooks = true;
  calls = 0;

  constructor(private readonly answers: (ChargeState | Error)[]) {
    super();
  }

  takes = () => true;
  ask = () => Promise.resolve(undefined);
  void = () => Promise.resolve(PENDING);
  refund = () => Promise.resolve({ status: 'pending' as const, reference: null });
  readNotice = () => Promise.resolve(undefined);
  start = () => {
    const answer = this.answers[this.calls++] ?? PENDING;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

const times = <T>(count: number, answer: T): T[] => Array<T>(count).fill(answer);
const refusal = new ProviderRefusal('acme', 'card declined');
const unavailable = new ProviderUnavailable('acme', 'it cannot be reached');
const unknown = new Error('acme: it answered 503');

it('makes so many calls to a provider at once, while the others wait', async () => {
  let [underWay, most] = [0, 0];
  const provider = new ToldProvider([]);
  provider.start = async () => {
    most = Math.max(most, ++underWay);
    await nextTurn();
    underWay -= 1;
    return PENDING;
  };
  const guarded = new GuardedProvider(provider, { PAYMENT_CONCURRENCY: 2, PAYMENT_CALL_TIMEOUT: 1_000 });
  const answers = await Promise.all(times(5, CHARGE).map((charge) => guarded.start(charge)));
  expect({ most, answers }).toEqual({ most: 2, answers: times(5, PENDING) });
});

describe('the circuit of a provider', () => {
  it.each<[string, (ChargeState | Error)[], 'open' | 'closed']>([
    ['4 failures', times(4, unknown), 'closed'],
    ['5 answers of unknown effect', times(5, unknown), 'open'],
    ['5 calls that did not reach it', times(5, unavailable), 'open'],
    ['20 refusals', times(20, refusal), 'closed'],
    ['4 failures, a refusal and 4 failures', [...times(4, unknown), refusal, ...times(4, unavailable)], 'closed'],
    ['4 failures, a charge and 4 failures', [...times(4, unknown), PENDING, ...times(4, unknown)], 'closed'],
    ['a refusal and 5 failures', [refusal, ...times(5, unknown)], 'open'],
  ])('after %s', async (_name, answers, state) => {
    const provider = new ToldProvider(answers);
    const guarded = new GuardedProvider(provider, { PAYMENT_CONCURRENCY: 2, PAYMENT_CALL_TIMEOUT: 1_000 });
    for (const answer of answers) {
      const call = guarded.start(CHARGE);
      await (answer instanceof Error ? expect(call).rejects.toBe(answer) : expect(call).resolves.toBe(answer));
    }
    const next = guarded.start(CHARGE);
    if (state === 'open') await expect(next).rejects.toThrow(CircuitOpen);
    else await expect(next).resolves.toBe(PENDING);
    expect(provider.calls).toBe(answers.length + (state === 'open' ? 0 : 1));
  });
});
