import { setting, settings } from '@holdfast/platform';
import { z } from 'zod';

const { durationOrNever, list, wait, wholeNumber } = setting;

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/\s*]+$/;
const lowerCaseList = () => list().transform((texts) => texts.map((text) => text.toLowerCase()));

/** How a process listens, and which requests it takes. */
export class HttpSettings extends settings(
  {
    HOST: z.string().default('0.0.0.0'),
    PORT: wholeNumber(3000, 0, 65_535),
    WEB_CONCURRENCY: wholeNumber(1, 1, 128),
    METRICS: z.enum(['on', 'off']).default('on'),
    METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
    API_DOCS: z.enum(['on', 'off']).default('on'),
    ALLOWED_HOSTS: lowerCaseList(),
    CORS_ORIGINS: lowerCaseList().refine(
      (origins) => origins.every((origin) => ORIGIN.test(origin)),
      'must be origins such as https://shop.example or capacitor://localhost',
    ),
    DRAIN_DELAY: durationOrNever('0'),
    TRUST_PROXY_HOPS: wholeNumber(0, 0, 16),
    MAX_CONNECTIONS: wholeNumber(10_000, 1, 1_000_000),
    REQUEST_TIMEOUT: wait('15s'),
    RATE_LIMIT_REQUESTS_PER_MINUTE: wholeNumber(300, 0, 100_000_000),
  },
  ({ ALLOWED_HOSTS, DRAIN_DELAY, NODE_ENV, SHUTDOWN_TIMEOUT }, refuse) => {
    if (DRAIN_DELAY >= SHUTDOWN_TIMEOUT)
      refuse('DRAIN_DELAY', 'must be less than SHUTDOWN_TIMEOUT, of which it is a part');
    if (NODE_ENV === 'production' && !ALLOWED_HOSTS.length)
      refuse('ALLOWED_HOSTS', 'must name the hosts that clients call in production, such as api.shop.example');
  },
) {}
