import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { sweepAll, UnitOfWork } from '@holdfast/platform';
import { InvalidCredentials, RefreshTokenInvalid } from '../domain/identity.errors';
import { CustomerRepository, SessionRepository } from '../domain/repositories';
import { Session } from '../domain/session';
import { CustomerQueries } from './customer.queries';
import { LoginThrottle, Passwords } from './passwords';
import { logSecurity } from './security-log';
import { type RefreshClaims, type TokenPair, Tokens } from './tokens';

export interface LogIn {
  /** The username or the e-mail address, in any casing. */
  username: string;
  password: string;
}

/** Logging in, staying logged in, and logging out. Locks the customer, then the session. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly customers: CustomerRepository,
    private readonly sessions: SessionRepository,
    private readonly queries: CustomerQueries,
    private readonly passwords: Passwords,
    private readonly throttle: LoginThrottle,
    private readonly tokens: Tokens,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws InvalidCredentials, after the same work, for an unknown name, a wrong password and a disabled customer.
   * Throws LogInsThrottled after too many failures, before any password is checked; `address` is the client's.
   */
  async logIn({ username: name, password }: LogIn, address: string): Promise<TokenPair> {
    const credentials = await this.queries.findCredentials(name);
    const actor = credentials?.id;
    const pair = await this.throttle.logIn({ customerId: actor, name, address }, async () => {
      const isRight = await this.passwords.matches(password, credentials?.passwordHash);
      return isRight && credentials ? this.open(credentials.id, credentials.passwordHash) : undefined;
    });
    logSecurity(pair ? 'log-in' : 'log-in-failed', { actor, address });
    if (!pair) throw new InvalidCredentials();
    return pair;
  }

  /** Exchanges a refresh token for a new pair. Throws RefreshTokenInvalid. A token that is reused ends its session. */
  async refresh(refreshToken: string, address: string): Promise<TokenPair> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    // The unit has committed: the end of a session whose token was copied stands, although the answer is an error.
    const answer = claims ? await this.exchange(claims) : 'refused';
    if (typeof answer === 'object') return answer;
    logSecurity(`refresh-${answer}`, { actor: claims?.sub, address });
    throw new RefreshTokenInvalid();
  }

  /** Ends the session of the token, if it has one; other texts are ignored. */
  async revoke(refreshToken: string, address: string): Promise<void> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    if (claims && (await this.end(claims.sid))) logSecurity('log-out', { actor: claims.sub, address });
  }

  @UnitOfWork()
  private async open(customerId: string, checkedHash: string): Promise<TokenPair | undefined> {
    const customer = await this.customers.lockActive(customerId);
    // The password was checked without a lock: it may have been replaced since, or the customer disabled.
    if (!customer?.isOpenedBy(checkedHash)) return undefined;
    const now = this.clock.now();
    const session = Session.open(customer.id, this.tokens.refreshExpiry(now, now), now);
    this.sessions.add(session);
    return this.tokens.issue(customer, session, now);
  }

  @UnitOfWork()
  private async exchange({ sub, sid, jti }: RefreshClaims): Promise<TokenPair | 'reused' | 'refused'> {
    const customer = await this.customers.lockActive(sub);
    const session = await this.sessions.lock(sid);
    if (!customer || session?.customerId !== customer.id) return 'refused';
    const now = this.clock.now();
    const result = session.refresh(jti, this.tokens.refreshExpiry(session.openedAt, now), now);
    return result === 'refreshed' ? this.tokens.issue(customer, session, now) : result;
  }

  @UnitOfWork()
  private async end(sessionId: string): Promise<boolean> {
    const session = await this.sessions.lock(sessionId);
    return session?.end(this.clock.now()) ?? false;
  }
}

/** Former addresses outlive the retries of their notices by far. */
const FORMER_EMAIL_KEPT = 7 * 24 * 3_600_000;

@Injectable()
export class IdentitySweep {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly customers: CustomerRepository,
  ) {}

  /** Deletes expired sessions and old former addresses, in small transactions; returns how many rows. */
  async sweep(): Promise<number> {
    const sessions = await sweepAll((atMost) => this.sweepSessions(atMost));
    return sessions + (await sweepAll((atMost) => this.sweepFormerEmails(atMost)));
  }

  @UnitOfWork()
  private sweepSessions(atMost: number): Promise<number> {
    return this.sessions.removeExpired(atMost);
  }

  @UnitOfWork()
  private sweepFormerEmails(atMost: number): Promise<number> {
    return this.customers.removeFormerEmails(FORMER_EMAIL_KEPT, atMost);
  }
}
