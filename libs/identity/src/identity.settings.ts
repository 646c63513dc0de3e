import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { setting, settings } from '@holdfast/platform';
import { z } from 'zod';

const { duration, wholeNumber } = setting;

const PEM = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

/** The keys that sign access tokens, and the lifetimes of tokens and log-ins. */
export class IdentitySettings extends settings({
  JWT_PRIVATE_KEY: z
    .string({ error: 'must be set to an EC P-256 private key in PEM (or JWT_PRIVATE_KEY_FILE to a file with one)' })
    .transform((text) => text.replaceAll('\\n', '\n'))
    .refine((pem) => isP256(() => createPrivateKey(pem)), 'must be an EC P-256 private key in PEM'),
  JWT_PREVIOUS_KEYS: z
    .string()
    .default('')
    .transform((text) => text.replaceAll('\\n', '\n'))
    .refine((text) => text.replace(PEM, '').trim() === '', 'must be PEMs, one after another')
    .transform((text) => text.match(PEM) ?? [])
    // Private keys are accepted too; only their public halves are used.
    .refine((keys) => keys.every((pem) => isP256(() => createPublicKey(pem))), 'must be EC P-256 keys in PEM'),
  ACCESS_TOKEN_TTL: duration('20m'),
  REFRESH_TOKEN_TTL: duration('30d'),
  SESSION_MAX: duration('90d'),
  REFRESH_GRACE: duration('60s').refine((value) => value <= 600_000, 'must be at most 10m'),
  RATE_LIMIT_LOGINS_PER_MINUTE: wholeNumber(10, 0, 1_000_000),
}) {}

function isP256(read: () => KeyObject): boolean {
  try {
    return read().asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false; // The setting's message says which key is expected.
  }
}
