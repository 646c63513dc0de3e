import { PaymentsSettings } from '@holdfast/payments';
import { loadSettings } from '@holdfast/platform';
import { ConfiguredProviders } from '../../../libs/payments/src/infrastructure/guarded-provider';
import { testEnvironment } from '../../support/environment';

const SIMULATOR = { PAYMENT_SIMULATOR_URL: 'http://127.0.0.1:4010' };
const STRIPE = { STRIPE_SECRET_KEY: 'sk_test_stub', STRIPE_WEBHOOK_SECRETS: 'whsec_of-the-tests-and-of-nothing-else' };

describe('the payment providers that exist', () => {
  it.each<[string, NodeJS.ProcessEnv, string[], string[]]>([
    ['none named, nothing set', {}, [], []],
    ['none named, the simulator set', SIMULATOR, [], []],
    ['none named, Stripe set', STRIPE, [], ['stripe']],
    ['the simulator named, without a URL', { PAYMENT_PROVIDERS: 'simulator' }, [], ['simulator']],
    ['the simulator named', { PAYMENT_PROVIDERS: 'simulator', ...SIMULATOR }, ['simulator'], ['simulator']],
    [
      'Stripe named, the simulator set',
      { PAYMENT_PROVIDERS: 'stripe', ...STRIPE, ...SIMULATOR },
      ['stripe'],
      ['stripe'],
    ],
    [
      'both named',
      { PAYMENT_PROVIDERS: 'simulator,stripe', ...STRIPE, ...SIMULATOR },
      ['simulator', 'stripe'],
      ['simulator', 'stripe'],
    ],
  ])('%s', (_name, environment, asked, heard) => {
    for (const NODE_ENV of ['development', 'test', undefined]) {
      const base = { ...testEnvironment('postgres://app@db/x'), PAYMENT_PROVIDERS: '', NODE_ENV };
      const settings = new PaymentsSettings(loadSettings({ ...base, ...environment }));
      const providers = new ConfiguredProviders(settings, { now: () => new Date() });
      expect(providers.inOrder).toEqual(asked);
      expect(['simulator', 'stripe'].filter((name) => providers.named(name).hasWebhooks)).toEqual(heard);
    }
  });
});
