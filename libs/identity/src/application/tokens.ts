import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock, newId } from '@holdfast/shared-kernel';
import { IdentitySettings } from '../identity.settings';
import type { Customer, Role } from '../domain/customer';
import type { Session } from '../domain/session';

export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  tokenType: 'Bearer';
  /** Seconds that the access token lives. */
  expiresIn: number;
}

export interface AccessClaims {
  /** The customer's id. */
  sub: string;
  /** The session's id. */
  sid?: string;
  /** For the client to look at; who may do what is decided by the customer's row. */
  role: Role;
  exp?: number;
}

export interface RefreshClaims {
  sub: string;
  sid: string;
  /** The token's own id. */
  jti: string;
  exp: number;
}

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

const ISSUER = 'holdfast';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const isUuid = (claim: unknown): claim is string => typeof claim === 'string' && UUID.test(claim);

/** The one algorithm, whatever a token's header claims; `typ` and audience keep the two kinds apart (RFC 8725). */
export const ACCESS_TOKEN = { typ: 'at+jwt', issuer: ISSUER, audience: 'holdfast-api', algorithms: ['ES256' as const] };
const REFRESH_TOKEN = { ...ACCESS_TOKEN, typ: 'rt+jwt', audience: 'holdfast-refresh' };

/** The keys of this deployment by `kid`, the RFC 7638 thumbprint. The current one signs; all of them verify. */
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

  /** RFC 7517: for whoever checks our tokens himself. The one that signs comes first. */
  get jwks(): JwkSet {
    const keys = [...this.publicKeys].map(([kid, key]) => {
      const { x, y } = key.export({ format: 'jwk' }) as { x: string; y: string };
      return { kty: 'EC' as const, crv: 'P-256' as const, x, y, kid, use: 'sig' as const, alg: 'ES256' as const };
    });
    return { keys };
  }

  /**
   * The public key to check a token with; undefined if its header names none of ours, or another type of token.
   * It is a KeyObject, which the libraries hand on and their types leave out: a PEM would be parsed for every token.
   */
  publicKeyFor(token: string, type: string): string | undefined {
    const { kid, typ, crit } = headerOf(token);
    const isOurs = typ === type && crit === undefined;
    return isOurs ? (this.publicKeys.get(String(kid)) as unknown as string) : undefined;
  }
}

@Injectable()
export class Tokens {
  private readonly accessSeconds: number;
  private readonly refreshSeconds: number;

  constructor(
    private readonly jwt: JwtService,
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
    settings: IdentitySettings,
  ) {
    this.accessSeconds = Math.ceil(settings.ACCESS_TOKEN_TTL / 1_000);
    this.refreshSeconds = Math.ceil(settings.REFRESH_TOKEN_TTL / 1_000);
  }

  /** When a refresh token issued now will expire. */
  refreshExpiry(): Date {
    return new Date(this.clock.now().getTime() + this.refreshSeconds * 1_000);
  }

  issue({ id, role }: Customer, session: Session): TokenPair {
    const whose = { sub: id, sid: session.id };
    return {
      accessToken: this.sign({ ...whose, role, jti: newId() }, ACCESS_TOKEN, this.accessSeconds),
      refreshToken: this.sign({ ...whose, jti: session.currentTokenId }, REFRESH_TOKEN, this.refreshSeconds),
      tokenType: 'Bearer',
      expiresIn: this.accessSeconds,
    };
  }

  /** Undefined for whatever is not an unexpired refresh token of ours. Whether it is still current, the session knows. */
  readRefreshToken(token: string): RefreshClaims | undefined {
    const { typ, ...expected } = REFRESH_TOKEN;
    const publicKey = this.keys.publicKeyFor(token, typ);
    if (!publicKey) return undefined;
    try {
      const claims = this.jwt.verify<RefreshClaims>(token, { publicKey, ...expected, clockTimestamp: this.now() });
      return claims.exp && [claims.sub, claims.sid, claims.jti].every(isUuid) ? claims : undefined;
    } catch {
      return undefined; // verification says no by throwing, and touches nothing but the token
    }
  }

  private sign(claims: object, { typ, issuer, audience }: typeof ACCESS_TOKEN, lifetime: number): string {
    const { kid, privateKey } = this.keys.current;
    const iat = this.now();
    return this.jwt.sign(
      { ...claims, iat, exp: iat + lifetime },
      { privateKey, issuer, audience, algorithm: 'ES256', header: { alg: 'ES256', typ, kid } },
    );
  }

  private now(): number {
    return Math.floor(this.clock.now().getTime() / 1_000);
  }
}

/** RFC 7638: over these members only, in this order. */
function thumbprintOf(publicKey: KeyObject): string {
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function headerOf(token: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(token.split('.', 1)[0], 'base64url').toString())) as Record<string, unknown>;
  } catch {
    return {};
  }
}
