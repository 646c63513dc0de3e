import { setting, settings } from '@holdfast/platform';
import { z } from 'zod';

/** The addresses that webhooks may call, the timeout of a call, and the key that encrypts subscribers' secrets. */
export class WebhooksSettings extends settings(
  {
    WEBHOOK_TARGETS: z.enum(['public', 'any']).default('public'),
    WEBHOOK_TIMEOUT: setting.wait('15s').refine((value) => value <= 30_000, 'must be at most 30s'),
    WEBHOOK_SECRETS_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  },
  ({ WEBHOOK_SECRETS_KEY: key, DEMO }, refuse) => {
    if (key && DEMO === 'off' && !setting.isStrongSecret(key)) refuse('WEBHOOK_SECRETS_KEY', setting.WEAK_SECRET);
  },
) {}
