import { readFileSync } from 'node:fs';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const LONGEST = 3_650 * UNITS.d;
/** Beyond it a timer of Node, and a timeout of PostgreSQL, would overflow. */
const LONGEST_WAIT = 2_147_483_647;

const milliseconds = (text: string, context: z.core.$RefinementCtx): number => {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?$/.exec(text.trim()) ?? [];
  const duration = Number(amount ?? 0) * UNITS[unit as keyof typeof UNITS];
  if (duration >= 1 && duration <= LONGEST) return duration;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 30s, 15m or 24h, from 1ms to 3650d' });
  return z.NEVER;
};

/** A duration in the environment: `500ms`, `30s`, `15m`, `24h`, `30d`, or a bare number of seconds. In milliseconds here. */
const duration = (byDefault: string) => z.string().default(byDefault).transform(milliseconds);

/** A duration, or 0 for never. */
const durationOrNever = (byDefault: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => (/^0\s*[a-z]*$/.test(text.trim()) ? 0 : milliseconds(text, context)));

/** A duration that something waits for. */
const wait = (byDefault: string) => duration(byDefault).refine((value) => value <= LONGEST_WAIT, 'must be at most 24d');

const durations = (byDefault: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => text.split(',').map((each) => milliseconds(each, context)));

/** A comma-separated list; empty when it is not given. */
const list = () =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    );

const wholeNumber = (byDefault: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);

const PAYMENT_PROVIDERS = ['stripe', 'simulator'] as const;

/** What a payment provider needs before it can be among the PAYMENT_PROVIDERS. */
const NEEDED_BY = {
  stripe: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRETS'],
  simulator: ['PAYMENT_SIMULATOR_URL', 'PAYMENT_WEBHOOK_SECRETS'],
} as const;

const MAIL_FROM = /^(?:[^<>@,;:"\r\n]+ <[^<>@,\s]+@[^<>@,\s]+>|[^<>@,\s]+@[^<>@,\s]+)$/;

const DEMO_SECRET = /^((?:whsec_)?holdfast-demo|change-?(me|this).*|secret|password|123456)$/i;

/** What a write may take from its key to its commit, and a replica that falls behind until it is noticed. */
const MARGIN_MS = 60_000;

/** Milliseconds after which a write is in everything that anybody is shown: every cached answer, every replica in use. */
export const writesAreRecentFor = (settings: { CATALOGUE_CACHE_TTL: number; REPLICA_MAX_LAG: number }): number =>
  settings.CATALOGUE_CACHE_TTL + 2 * settings.REPLICA_MAX_LAG + MARGIN_MS;

const PEM = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

const schema = z
  .object({
    NODE_ENV: z.string().default('development'),
    HOST: z.string().default('0.0.0.0'),
    PORT: wholeNumber(3000, 0, 65_535),
    WEB_CONCURRENCY: wholeNumber(1, 1, 128),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    METRICS: z.enum(['on', 'off']).default('on'),
    OTEL_EXPORTER_OTLP_ENDPOINT: z
      .url({ protocol: /^https?$/, error: 'must be a URL such as http://collector:4318' })
      .optional(),
    METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
    SHUTDOWN_TIMEOUT: wait('25s'),
    DRAIN_DELAY: durationOrNever('0'),
    TRUST_PROXY_HOPS: wholeNumber(0, 0, 16),
    REQUEST_TIMEOUT: wait('15s'),
    RATE_LIMIT_ORDERS_PER_MINUTE: wholeNumber(5, 0, 1_000_000),
    RATE_LIMIT_LOGINS_PER_MINUTE: wholeNumber(10, 0, 1_000_000),
    RATE_LIMIT_REQUESTS_PER_MINUTE: wholeNumber(300, 0, 1_000_000),
    DATABASE_URL: z.url({
      protocol: /^postgres(ql)?$/,
      error: 'must be set to a PostgreSQL 15+ URL (or run `npm start`, which brings its own server)',
    }),
    DATABASE_REPLICA_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a PostgreSQL URL' }).optional(),
    REPLICA_MAX_LAG: wait('30s'),
    DATABASE_POOL_SIZE: wholeNumber(12, 1, 1_000),
    DATABASE_READ_POOL_SIZE: wholeNumber(4, 1, 1_000),
    GROUP_COMMIT_LIMIT: wholeNumber(100, 1, 1_000),
    POOL_TIMEOUT: wait('5s'),
    LOCK_TIMEOUT: wait('4s'),
    // PostgreSQL may wait twice for one row, for a place in its queue and then for the row: this bounds both together.
    STATEMENT_TIMEOUT: wait('4500ms'),
    JWT_PRIVATE_KEY: z
      .string({ error: 'must be set to an EC P-256 private key in PEM (or JWT_PRIVATE_KEY_FILE to a file with one)' })
      .transform((text) => text.replaceAll('\\n', '\n'))
      .refine((pem) => isP256Key(pem), 'must be an EC P-256 private key in PEM'),
    JWT_PREVIOUS_KEYS: z
      .string()
      .default('')
      .transform((text) => text.replaceAll('\\n', '\n'))
      .refine((text) => text.replace(PEM, '').trim() === '', 'must be PEMs, one after another')
      .transform((text) => text.match(PEM) ?? [])
      .refine((keys) => keys.every((pem) => isP256PublicKey(pem)), 'must be EC P-256 keys in PEM'),
    REDIS_URL: z
      .url({ protocol: /^rediss?$/, error: 'must be a URL such as redis://:password@host:6379/1' })
      .optional(),
    CATALOGUE_CACHE_TTL: durationOrNever('5s').refine((value) => value <= 600_000, 'must be at most 10m'),
    ACCESS_TOKEN_TTL: duration('20m'),
    REFRESH_TOKEN_TTL: duration('30d'),
    IDEMPOTENCY_TTL: duration('24h'),
    CART_HOLD_TTL: duration('15m'),
    CART_LINE_LIMIT: wholeNumber(50, 1, 1_000_000),
    CART_LIMIT: wholeNumber(199, 1, 1_000_000),
    SWEEP_INTERVAL: wait('60s'),
    OUTBOX_RETRY_DELAYS: durations('1s,2s,4s,8s,16s'),
    OUTBOX_CONCURRENCY: wholeNumber(8, 1, 100),
    OUTBOX_LEASE: wait('60s'),
    OUTBOX_POLL_INTERVAL: wait('1s'),
    EVENT_RETENTION: duration('30d').refine((value) => value >= 86_400_000, 'must be at least 1d'),
    // PostgreSQL refuses to delete from the audit log what is younger than that.
    AUDIT_RETENTION: duration('365d').refine((value) => value >= 90 * UNITS.d, 'must be at least 90d'),
    PAYMENT_PROVIDERS: list().pipe(z.array(z.enum(PAYMENT_PROVIDERS))),
    PAYMENT_TIMEOUT: duration('30m'),
    PAYMENT_CALL_TIMEOUT: wait('10s').refine((value) => value <= 30_000, 'must be at most 30s'),
    PAYMENT_RECONCILE_AFTER: duration('60s'),
    PAYMENT_SIMULATOR_URL: z.url({ protocol: /^https?$/, error: 'must be a URL' }).optional(),
    PAYMENT_WEBHOOK_SECRETS: list(),
    STRIPE_SECRET_KEY: z.string().optional(),
    STRIPE_WEBHOOK_SECRETS: list(),
    STRIPE_API_URL: z.url({ protocol: /^https?$/, error: 'must be a URL' }).default('https://api.stripe.com'),
    SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be a URL such as smtp://user:password@host:587' }).optional(),
    MAIL_FROM: z
      .string()
      .regex(MAIL_FROM, 'must be an e-mail address, or such as Shop <orders@shop.example>')
      .optional(),
    MAIL_FOLDER: z.string().default('.holdfast/mail'),
    SMS_URL: z.url({ protocol: /^https?$/, error: 'must be a URL' }).optional(),
    SMS_TOKEN: z.string().optional(),
    NATS_URL: z
      .url({ protocol: /^(nats|tls)$/, error: 'must be a URL such as nats://user:password@host:4222' })
      .optional(),
    WEBHOOK_TARGETS: z.enum(['public', 'any']).default('public'),
    WEBHOOK_TIMEOUT: wait('15s').refine((value) => value <= 30_000, 'must be at most 30s'),
    WEBHOOK_SECRETS_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  })
  .refine(({ SMTP_URL, MAIL_FROM }) => !SMTP_URL || MAIL_FROM, {
    path: ['MAIL_FROM'],
    error: 'must be set where SMTP_URL is',
  })
  .refine(({ DRAIN_DELAY, SHUTDOWN_TIMEOUT }) => DRAIN_DELAY < SHUTDOWN_TIMEOUT, {
    path: ['DRAIN_DELAY'],
    error: 'must be less than SHUTDOWN_TIMEOUT, of which it is a part',
  })
  .superRefine(({ IDEMPOTENCY_TTL, ...values }, context) => {
    const least = writesAreRecentFor(values);
    if (IDEMPOTENCY_TTL < least)
      context.addIssue({
        code: 'custom',
        path: ['IDEMPOTENCY_TTL'],
        message: `must be at least ${least / 1_000}s: so long a customer's writes are looked for, by their keys`,
      });
  })
  .superRefine((values, context) => {
    for (const provider of values.PAYMENT_PROVIDERS)
      for (const name of NEEDED_BY[provider])
        if (!values[name]?.length)
          context.addIssue({
            code: 'custom',
            path: [name],
            message: 'must be set for one of the PAYMENT_PROVIDERS',
          });
  })
  .superRefine((values, context) => {
    if (values.NODE_ENV !== 'production') return;
    for (const name of ['DATABASE_URL', 'DATABASE_REPLICA_URL', 'REDIS_URL'] as const) {
      const password = decodeURIComponent(new URL(values[name] ?? 'none:').password);
      if (DEMO_SECRET.test(password))
        context.addIssue({ code: 'custom', path: [name], message: 'carries a demo password in production' });
    }
    for (const name of ['PAYMENT_WEBHOOK_SECRETS', 'STRIPE_WEBHOOK_SECRETS'] as const)
      if (values[name].some((secret) => DEMO_SECRET.test(secret)))
        context.addIssue({ code: 'custom', path: [name], message: 'carries a demo secret in production' });
    if (values.PAYMENT_PROVIDERS.includes('simulator'))
      context.addIssue({
        code: 'custom',
        path: ['PAYMENT_PROVIDERS'],
        message: 'names one that only plays, in production',
      });
  });

/** The names of all settings; the README's table is checked against them. */
export const SETTINGS = [...Object.keys(schema.shape), 'JWT_PRIVATE_KEY_FILE'];

/** Every setting of the service, from the environment, checked once at start. Durations are in milliseconds. */
// The class is only the injection token of the values that the schema describes; it has no members of its own to get wrong.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export abstract class Settings {}
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- see above
export interface Settings extends z.infer<typeof schema> {}

/** Names every missing or bad variable, one a line; never repeats a value, which may be a secret. */
export class BadSettings extends Error {}

/** Reads the settings. An empty variable counts as missing. Throws {@link BadSettings}. */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  if (!given['JWT_PRIVATE_KEY'] && given['JWT_PRIVATE_KEY_FILE'])
    given['JWT_PRIVATE_KEY'] = readKeyFile(given['JWT_PRIVATE_KEY_FILE']);
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new BadSettings(result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '));
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadSettings(`JWT_PRIVATE_KEY_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

const isP256Key = (pem: string): boolean => isP256(() => createPrivateKey(pem));
/** Of a private key, its public half. */
const isP256PublicKey = (pem: string): boolean => isP256(() => createPublicKey(pem));

function isP256(read: () => KeyObject): boolean {
  try {
    return read().asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false; // what a key that cannot be read means is said by the caller's message
  }
}
