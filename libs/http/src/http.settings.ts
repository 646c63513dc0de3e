import { setting, settings } from '@holdfast/platform';
import { z } from 'zod';

const { durationOrNever, wait, wholeNumber } = setting;

/** How the processes listen, and whom they let in how often. */
export class HttpSettings extends settings(
  {
    HOST: z.string().default('0.0.0.0'),
    PORT: wholeNumber(3000, 0, 65_535),
    WEB_CONCURRENCY: wholeNumber(1, 1, 128),
    METRICS: z.enum(['on', 'off']).default('on'),
    METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
    DRAIN_DELAY: durationOrNever('0'),
    TRUST_PROXY_HOPS: wholeNumber(0, 0, 16),
    REQUEST_TIMEOUT: wait('15s'),
    RATE_LIMIT_REQUESTS_PER_MINUTE: wholeNumber(300, 0, 1_000_000),
  },
  ({ DRAIN_DELAY, SHUTDOWN_TIMEOUT }, refuse) => {
    if (DRAIN_DELAY >= SHUTDOWN_TIMEOUT)
      refuse('DRAIN_DELAY', 'must be less than SHUTDOWN_TIMEOUT, of which it is a part');
  },
) {}
