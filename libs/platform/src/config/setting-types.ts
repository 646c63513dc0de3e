import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const LONGEST = 3_650 * UNITS.d;
/** Timers of Node and timeouts of PostgreSQL overflow beyond this. */
const LONGEST_WAIT = 2_147_483_647;

const milliseconds = (text: string, context: z.core.$RefinementCtx): number => {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?$/.exec(text.trim()) ?? [];
  const parsed = Number(amount ?? 0) * UNITS[unit as keyof typeof UNITS];
  if (parsed >= 1 && parsed <= LONGEST) return parsed;
  context.addIssue({ code: 'custom', message: 'must be a duration such as 30s, 15m or 24h, from 1ms to 3650d' });
  return z.NEVER;
};

/** A duration such as `500ms`, `30s`, `15m`, `24h`, `30d`, or a bare number of seconds; read as milliseconds. */
export const duration = (byDefault: string) => z.string().default(byDefault).transform(milliseconds);

/** A duration, or 0 for never. */
export const durationOrNever = (byDefault: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => (/^0\s*[a-z]*$/.test(text.trim()) ? 0 : milliseconds(text, context)));

/** A duration that a timer waits for, so at most 24 days. */
export const wait = (byDefault: string) =>
  duration(byDefault).refine((ms) => ms <= LONGEST_WAIT, 'must be at most 24d');

/** Durations, separated by commas. */
export const durations = (byDefault: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => text.split(',').map((each) => milliseconds(each, context)));

/** Texts, separated by commas; empty when the setting is not given. */
export const list = () =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    );

export const wholeNumber = (byDefault: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);

/** A URL of one of these protocols. `error` completes a sentence that begins with the setting's name. */
export const url = (protocol: RegExp, error = 'must be a URL') => z.url({ protocol, error });

const DEMO_SECRET = /^((?:whsec_)?holdfast-demo|change-?(me|this).*|secret|password|123456)$/i;

/** True for a well-known demo secret, alone or as the password in a URL. It is refused unless DEMO is on. */
export function isDemoSecret(secret: string): boolean {
  const password = /^[a-z]+:\/\//i.test(secret) ? decodeURIComponent(new URL(secret).password) : secret;
  return DEMO_SECRET.test(password);
}

const FEWEST_BYTES = 16;
const FEWEST_CHARACTERS = 8;

/** Completes a sentence that begins with the setting of a secret that is too weak. */
export const WEAK_SECRET =
  `must have at least ${FEWEST_BYTES} bytes (after a prefix whsec_) and ${FEWEST_CHARACTERS} different characters, ` +
  'must not repeat a shorter text and must be no demo secret: take `openssl rand -hex 24`, or set DEMO=on to try it out';

/** True for a secret that a signature or a cipher can be built on, as far as its form can show it. */
export function isStrongSecret(secret: string): boolean {
  const text = secret.replace(/^whsec_/, '');
  const isLong = Buffer.byteLength(text) >= FEWEST_BYTES && new Set(text).size >= FEWEST_CHARACTERS;
  return isLong && !/^(.+?)\1+$/s.test(text) && !isDemoSecret(secret);
}
