import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { LRUCache } from 'lru-cache';
import { Clock, newId } from '@holdfast/shared-kernel';
import type { Customer, Role } from '../domain/customer';
import type { Session } from '../domain/session';
import { IdentitySettings } from '../identity.settings';
import { SigningKeys } from './signing-keys';

export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  tokenType: 'Bearer';
  /** Lifetime of the access token in seconds. */
  expiresIn: number;
}

export interface AccessClaims {
  /** The customer's id. */
  sub: string;
  /** The session's id. */
  sid?: string;
  /** For clients to read; the customer's row decides about access. */
  role: Role;
  exp: number;
}

export interface RefreshClaims {
  sub: string;
  sid: string;
  /** The token's own id. */
  jti: string;
  exp: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const isUuid = (claim: unknown): claim is string => typeof claim === 'string' && UUID.test(claim);

/** ES256 only, whatever a token's header claims; `typ` and audience keep the two kinds of token apart (RFC 8725). */
const COMMON = { issuer: 'holdfast', algorithms: ['ES256' as const] };
export const ACCESS_TOKEN = { ...COMMON, typ: 'at+jwt', audience: 'holdfast-api' };
const REFRESH_TOKEN = { ...COMMON, typ: 'rt+jwt', audience: 'holdfast-refresh' };

@Injectable()
export class Tokens {
  private readonly accessTtl: number;
  private readonly refreshTtl: number;
  private readonly sessionMax: number;
  /** Claims of access tokens with a good signature, until they expire, by the hash of the token. */
  private readonly verified = new LRUCache<string, AccessClaims>({ max: 10_000 });

  constructor(
    private readonly jwt: JwtService,
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
    settings: IdentitySettings,
  ) {
    this.accessTtl = Math.ceil(settings.ACCESS_TOKEN_TTL / 1_000);
    this.refreshTtl = settings.REFRESH_TOKEN_TTL;
    this.sessionMax = settings.SESSION_MAX;
  }

  /** The end of a refresh token issued at `at`: after REFRESH_TOKEN_TTL, or SESSION_MAX after the log-in if sooner. */
  refreshExpiry(openedAt: Date, at: Date): Date {
    return new Date(Math.min(at.getTime() + this.refreshTtl, openedAt.getTime() + this.sessionMax));
  }

  issue(customer: Customer, session: Session, at: Date): TokenPair {
    const claims = { ...claimsOf(customer, session, at), jti: session.currentTokenId };
    const refreshToken = this.sign({ ...claims, exp: secondsOf(session.expiresAt) }, REFRESH_TOKEN);
    return this.issueWith(refreshToken, customer, session, at);
  }

  /** A new access token, beside a refresh token that was issued before. */
  issueWith(refreshToken: string, customer: Customer, session: Session, at: Date): TokenPair {
    const claims = { ...claimsOf(customer, session, at), role: customer.role, jti: newId() };
    const accessToken = this.sign({ ...claims, exp: claims.iat + this.accessTtl }, ACCESS_TOKEN);
    return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: this.accessTtl };
  }

  /** The claims of a token that was admitted before and has not expired; undefined for any other text. */
  findRemembered(token: string): AccessClaims | undefined {
    const claims = this.verified.get(hashOf(token));
    return claims && this.isCurrent(claims) ? claims : undefined;
  }

  /** Whether the claims of a verified access token are complete and not expired, by the database's clock. */
  isCurrent({ sub, sid, exp }: AccessClaims): boolean {
    const hasIds = isUuid(sub) && (sid === undefined || isUuid(sid));
    return hasIds && typeof exp === 'number' && exp > this.clock.now().getTime() / 1_000;
  }

  /** Spares the next request the signature check. Call it for admitted requests only, or anyone can fill the cache. */
  remember(token: string, claims: AccessClaims): void {
    const ttl = claims.exp * 1_000 - this.clock.now().getTime();
    if (ttl > 0) this.verified.set(hashOf(token), claims, { ttl });
  }

  /** Undefined for any text but an unexpired refresh token of ours. The session knows whether it is current. */
  readRefreshToken(token: string): RefreshClaims | undefined {
    const claims = this.verify(token);
    return claims && [claims.sub, claims.sid, claims.jti].every(isUuid) ? claims : undefined;
  }

  private verify(token: string): RefreshClaims | undefined {
    const { typ, ...expected } = REFRESH_TOKEN;
    const publicKey = this.keys.publicKeyFor(token, typ);
    if (!publicKey) return undefined;
    try {
      // The library would otherwise ask the clock of this process, which another process may not share.
      const clockTimestamp = secondsOf(this.clock.now());
      const claims = this.jwt.verify<RefreshClaims>(token, { publicKey, ...expected, clockTimestamp });
      // The library accepts a token without an end.
      return typeof claims.exp === 'number' ? claims : undefined;
    } catch {
      return undefined; // The library refuses a token by throwing, and touches nothing but the token.
    }
  }

  private sign(claims: object, { typ, issuer, audience }: typeof ACCESS_TOKEN): string {
    const { kid, privateKey } = this.keys.current;
    return this.jwt.sign(claims, {
      ...{ privateKey, issuer, audience, algorithm: 'ES256' },
      header: { alg: 'ES256', typ, kid },
    });
  }
}

const claimsOf = ({ id: sub }: Customer, { id: sid }: Session, at: Date) => ({ sub, sid, iat: secondsOf(at) });

const SEAL = 'aes-256-gcm';
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** A token is a key: its signature holds as many random bits. A fast derivation is enough, as for any random key. */
const keyOf = (token: string): Buffer => Buffer.from(hkdfSync('sha256', token, '', 'holdfast refresh successor', 32));

/** Encrypts a successor with the token that it replaces, so that only a holder of that token can read it. */
export function seal(successor: string, replaced: string): string {
  const nonce = randomBytes(NONCE_LENGTH);
  const cipher = createCipheriv(SEAL, keyOf(replaced), nonce);
  const text = [cipher.update(successor, 'utf8'), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...text]).toString('base64');
}

/** Undefined when the successor was sealed with another text, such as the same claims with another signature. */
export function unseal(sealed: string, replaced: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  const [nonce, rest] = [bytes.subarray(0, NONCE_LENGTH), bytes.subarray(NONCE_LENGTH)];
  const decipher = createDecipheriv(SEAL, keyOf(replaced), nonce, { authTagLength: TAG_LENGTH });
  decipher.setAuthTag(rest.subarray(0, TAG_LENGTH));
  const text = decipher.update(rest.subarray(TAG_LENGTH));
  try {
    return Buffer.concat([text, decipher.final()]).toString();
  } catch {
    return undefined; // The only failure of a complete seal is that it was made with another key.
  }
}

const secondsOf = (moment: Date): number => Math.floor(moment.getTime() / 1_000);
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
