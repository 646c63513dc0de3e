import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { duration, durations, isDemoSecret, url, wait, wholeNumber } from './setting-types';

/** Refuses the value of one setting. `message` completes a sentence that begins with the setting's name. */
export type Refuse = (setting: string, message: string) => void;
type Check = (values: LoadedSettings, refuse: Refuse) => void;
type Values<Shape extends z.ZodRawShape> = Readonly<z.infer<z.ZodObject<Shape>>>;

const shapes: z.ZodRawShape[] = [];
const checks: Check[] = [];

function register(shape: z.ZodRawShape, check?: Check): void {
  shapes.push(shape);
  if (check) checks.push(check);
}

/**
 * Declares the settings of a context. The returned class holds their values; extended, it is the injection token too:
 *
 * ```ts
 * export class CartSettings extends settings({ CART_HOLD_TTL: duration('15m') }) {}
 * ```
 *
 * `check` compares several settings at start, when each of them is valid.
 */
export function settings<Shape extends z.ZodRawShape>(
  shape: Shape,
  check?: (values: Values<Shape> & LoadedSettings, refuse: Refuse) => void,
): new (all: LoadedSettings) => Values<Shape> {
  register(shape, check as Check | undefined);
  class Part {
    constructor(all: LoadedSettings) {
      for (const name of Object.keys(shape)) (this as Record<string, unknown>)[name] = all[name];
    }
  }
  Inject(Settings)(Part, undefined, 0);
  Injectable()(Part);
  return Part as unknown as new (all: LoadedSettings) => Values<Shape>;
}

const PLATFORM = {
  NODE_ENV: z.string().default('development'),
  DEMO: z.enum(['on', 'off']).default('off'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(/^https?$/, 'must be a URL such as http://collector:4318').optional(),
  SHUTDOWN_TIMEOUT: wait('25s'),
  DATABASE_URL: url(
    /^postgres(ql)?$/,
    'must be set to a PostgreSQL 15+ URL (or run `npm start`, which brings its own server)',
  ),
  DATABASE_REPLICA_URL: url(/^postgres(ql)?$/, 'must be a PostgreSQL URL').optional(),
  REPLICA_MAX_LAG: wait('30s'),
  DATABASE_POOL_SIZE: wholeNumber(12, 1, 1_000),
  DATABASE_READ_POOL_SIZE: wholeNumber(4, 1, 1_000),
  PREPARED_STATEMENTS: z.enum(['on', 'off']).default('on'),
  GROUP_COMMIT_LIMIT: wholeNumber(100, 1, 1_000),
  POOL_TIMEOUT: wait('5s'),
  LOCK_TIMEOUT: wait('4s'),
  // PostgreSQL may wait twice for one row, for a place in its queue and then for the row: this bounds both together.
  STATEMENT_TIMEOUT: wait('4500ms'),
  REDIS_URL: url(/^rediss?$/, 'must be a URL such as redis://:password@host:6379/1').optional(),
  IDEMPOTENCY_TTL: duration('24h'),
  SWEEP_INTERVAL: wait('60s'),
  OUTBOX_RETRY_DELAYS: durations('1s,2s,4s,8s,16s'),
  OUTBOX_CONCURRENCY: wholeNumber(64, 1, 1_000),
  OUTBOX_LEASE: wait('60s'),
  OUTBOX_POLL_INTERVAL: wait('1s'),
  EVENT_RETENTION: duration('30d').refine((value) => value >= 86_400_000, 'must be at least 1d'),
  // PostgreSQL refuses to delete younger entries from the audit log.
  AUDIT_RETENTION: duration('365d').refine((value) => value >= 90 * 86_400_000, 'must be at least 90d'),
  NATS_URL: url(/^(nats|tls)$/, 'must be a URL such as nats://user:password@host:4222').optional(),
};

register(PLATFORM, (values, refuse) => {
  if (values.DEMO === 'on') {
    if (values.NODE_ENV === 'production') refuse('DEMO', 'must be off in production: it accepts demo secrets');
    return;
  }
  for (const name of ['DATABASE_URL', 'DATABASE_REPLICA_URL', 'REDIS_URL'] as const)
    if (isDemoSecret(values[name] ?? ''))
      refuse(name, 'carries a demo password: choose one of your own, or set DEMO=on to try Holdfast out');
});

/** The platform's settings, from the environment, checked once at start. Durations are in milliseconds. */
// The class is only the injection token of the schema's values and has no members of its own.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export abstract class Settings {}
/* eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging,
   @typescript-eslint/no-empty-object-type -- The class is only the injection token of the schema's values. */
export interface Settings extends Values<typeof PLATFORM> {}

/** The settings of the platform and, not typed, those of every context that the process imports. */
export type LoadedSettings = Settings & Readonly<Record<string, unknown>>;

/** Names every missing or invalid variable, and never a value, which may be secret. */
export class BadSettings extends Error {}

/** The names of all declared settings. */
export const settingNames = (): string[] => shapes.flatMap((shape) => Object.keys(shape));

/**
 * Reads every declared setting. An empty variable counts as missing. `<NAME>_FILE` may name a file that holds the
 * value. Throws {@link BadSettings}.
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): LoadedSettings {
  const schema = z.object(shapes.reduce((all, shape) => ({ ...all, ...shape }), {}));
  const result = schema.safeParse(Object.fromEntries(settingNames().map((name) => [name, given(name, env)])));
  const problems = (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
  if (result.success)
    for (const check of checks)
      check(result.data as LoadedSettings, (setting, message) => problems.push(`${setting} ${message}`));
  if (problems.length) throw new BadSettings(problems.join('; '));
  return result.data as LoadedSettings;
}

function given(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const file = env[`${name}_FILE`];
  if (env[name]) return env[name];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new BadSettings(`${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
