import { setting, settings } from '@holdfast/platform';
import { z } from 'zod';

const { duration, isStrongSecret, list, url, wait, WEAK_SECRET, wholeNumber } = setting;

const PROVIDERS = ['stripe', 'paypal', 'simulator'] as const;

/** What a payment provider needs before it can be among the PAYMENT_PROVIDERS. */
const NEEDED_BY = {
  stripe: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRETS'],
  paypal: ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET', 'PAYPAL_WEBHOOK_ID'],
  simulator: ['PAYMENT_WEBHOOK_SECRETS'],
} as const;

/** Which providers collect payments, in order of preference, and how they are reached. */
export class PaymentsSettings extends settings(
  {
    PAYMENT_PROVIDERS: list().pipe(z.array(z.enum(PROVIDERS))),
    PAYMENT_CALL_TIMEOUT: wait('10s').refine((value) => value <= 30_000, 'must be at most 30s'),
    PAYMENT_CONCURRENCY: wholeNumber(32, 1, 1_000),
    PAYMENT_RECONCILE_AFTER: duration('60s'),
    PAYMENT_TIMEOUT: duration('30m'),
    PAYMENT_START_TIMEOUT: duration('2h'),
    PAYMENT_SIMULATOR_URL: url(/^https?$/).optional(),
    PAYMENT_WEBHOOK_SECRETS: list(),
    STRIPE_SECRET_KEY: z.string().optional(),
    STRIPE_WEBHOOK_SECRETS: list(),
    STRIPE_API_URL: url(/^https?$/).default('https://api.stripe.com'),
    PAYPAL_CLIENT_ID: z.string().optional(),
    PAYPAL_CLIENT_SECRET: z.string().optional(),
    PAYPAL_WEBHOOK_ID: z.string().optional(),
    PAYPAL_API_URL: url(/^https?$/).default('https://api-m.paypal.com'),
    PAYPAL_RETURN_URL: url(/^https$/, 'must be an https URL').optional(),
  },
  (values, refuse) => {
    for (const provider of values.PAYMENT_PROVIDERS)
      for (const name of NEEDED_BY[provider])
        if (!values[name]?.length) refuse(name, 'must be set for one of the PAYMENT_PROVIDERS');
    for (const name of ['PAYMENT_WEBHOOK_SECRETS', 'STRIPE_WEBHOOK_SECRETS'] as const)
      if (values.DEMO === 'off' && !values[name].every(isStrongSecret)) refuse(name, WEAK_SECRET);
    if (values.NODE_ENV === 'production' && values.PAYMENT_PROVIDERS.includes('simulator'))
      refuse('PAYMENT_PROVIDERS', 'names a provider that collects no money, in production');
  },
) {}
