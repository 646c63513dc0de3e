import { setting, settings } from '@holdfast/platform';
import { z } from 'zod';

/** Where webhooks may go, how long a subscriber may take, and what the subscribers' secrets are encrypted with. */
export class WebhooksSettings extends settings({
  WEBHOOK_TARGETS: z.enum(['public', 'any']).default('public'),
  WEBHOOK_TIMEOUT: setting.wait('15s').refine((value) => value <= 30_000, 'must be at most 30s'),
  WEBHOOK_SECRETS_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
}) {}
