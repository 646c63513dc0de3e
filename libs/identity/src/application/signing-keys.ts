import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IdentitySettings } from '../identity.settings';

/** A public key, RFC 7517. */
export interface Jwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  kid: string;
  use: 'sig';
  alg: 'ES256';
}

export interface JwkSet {
  keys: Jwk[];
}

/** The keys of this deployment by `kid`, the RFC 7638 thumbprint. The current key signs; all keys verify. */
@Injectable()
export class SigningKeys {
  readonly current: { kid: string; privateKey: KeyObject };
  private readonly publicKeys = new Map<string, KeyObject>();

  constructor(settings: IdentitySettings) {
    const { JWT_PRIVATE_KEY: pem, JWT_PREVIOUS_KEYS: others } = settings;
    this.current = { kid: thumbprintOf(createPublicKey(pem)), privateKey: createPrivateKey(pem) };
    for (const key of [pem, ...others].map((each) => createPublicKey(each)))
      this.publicKeys.set(thumbprintOf(key), key);
  }

  /** The RFC 7517 key set, for clients that check tokens themselves. The signing key comes first. */
  get jwks(): JwkSet {
    const keys = [...this.publicKeys].map(([kid, key]) => {
      const { x, y } = key.export({ format: 'jwk' }) as { x: string; y: string };
      return { kty: 'EC' as const, crv: 'P-256' as const, x, y, kid, use: 'sig' as const, alg: 'ES256' as const };
    });
    return { keys };
  }

  /**
   * The public key that checks a token; undefined if the token's header names an unknown key or another type of token.
   * The result is a KeyObject, which the JWT library takes and its types leave out: a PEM would be parsed every time.
   */
  publicKeyFor(token: string, type: string): string | undefined {
    const { kid, typ, crit } = headerOf(token);
    const isOurs = typ === type && crit === undefined;
    return isOurs ? (this.publicKeys.get(String(kid)) as unknown as string) : undefined;
  }
}

/** RFC 7638: the hash of these members alone, in this order. */
function thumbprintOf(publicKey: KeyObject): string {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function headerOf(token: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(token.split('.', 1)[0], 'base64url').toString())) as Record<string, unknown>;
  } catch {
    return {}; // A text without a readable header is no token of ours.
  }
}
