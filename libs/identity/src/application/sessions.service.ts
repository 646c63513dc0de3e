import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { isoTime, Reads, sweepAll, UnitOfWork } from '@holdfast/platform';
import { InvalidCredentials, RefreshTokenInvalid, SessionNotFound } from '../domain/identity.errors';
import { CustomerRepository, SessionRepository } from '../domain/repositories';
import { Session } from '../domain/session';
import { CustomerQueries } from './customer.queries';
import { LoginThrottle, Passwords } from './passwords';
import { type Actor, logSecurity } from './security-log';
import { type RefreshClaims, seal, type TokenPair, Tokens, unseal } from './tokens';
import { IdentitySettings } from '../identity.settings';

export interface LogIn {
  /** The username or the e-mail address, in any casing. */
  username: string;
  password: string;
  /** A name of the device, for the list of sessions. */
  device?: string;
}

export interface SessionView {
  id: string;
  device: string | null;
  createdAt: string;
  /** The last log-in or refresh. */
  lastUsedAt: string;
  /** True for the session of the caller. */
  current: boolean;
}

/** Logging in, staying logged in, logging out, and the list of sessions. Locks the customer, then the session. */
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
    private readonly reads: Reads,
    private readonly settings: IdentitySettings,
  ) {}

  /**
   * Throws InvalidCredentials, after the same work, for an unknown name, a wrong password and a disabled customer.
   * Throws LogInsThrottled after too many failures, before any password is checked; `address` is the client's.
   */
  async logIn({ username: name, password, device }: LogIn, address: string): Promise<TokenPair> {
    const credentials = await this.queries.findCredentials(name);
    const actor = credentials?.id;
    const pair = await this.throttle.logIn({ customerId: actor, name, address }, async () => {
      const isRight = await this.passwords.matches(password, credentials?.passwordHash);
      return isRight && credentials ? this.open(credentials.id, credentials.passwordHash, device) : undefined;
    });
    logSecurity(pair ? 'log-in' : 'log-in-failed', { actor, address });
    if (!pair) throw new InvalidCredentials();
    return pair;
  }

  /**
   * Exchanges a refresh token for a new pair. Repeated within REFRESH_GRACE it returns the same refresh token, unless
   * that was used since. Throws RefreshTokenInvalid. A token that is reused otherwise ends its session.
   */
  async refresh(refreshToken: string, address: string): Promise<TokenPair> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    // The unit has committed: the end of a session whose token was copied stands, although the answer is an error.
    const answer = claims ? await this.exchange(claims, refreshToken) : 'refused';
    if (typeof answer === 'object') return answer;
    logSecurity(`refresh-${answer}`, { actor: claims?.sub, address });
    throw new RefreshTokenInvalid();
  }

  /** Ends the session of the token, if it has one; other texts are ignored. */
  async revoke(refreshToken: string, address: string): Promise<void> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    if (claims && (await this.end(claims.sid))) logSecurity('log-out', { actor: claims.sub, address });
  }

  /** The sessions that can still be refreshed, the newest first; `current` is the id of the caller's. */
  async list(customerId: string, current?: string): Promise<SessionView[]> {
    return this.reads.query<SessionView>(
      `SELECT id, device, ${isoTime('opened_at')} AS "createdAt", ${isoTime('updated_at')} AS "lastUsedAt",
         coalesce(id = $2, false) AS current
       FROM identity.sessions WHERE customer_id = $1 AND ended_at IS NULL AND expires_at > clock_timestamp()
       ORDER BY opened_at DESC, id DESC`,
      [customerId, current ?? null],
    );
  }

  /** The sessions of any customer, for an admin. Throws CustomerNotFound. */
  async listOf(customerId: string, current?: string): Promise<SessionView[]> {
    await this.queries.get(customerId);
    return this.list(customerId, current);
  }

  /** Ends one of the actor's sessions. Throws SessionNotFound, also for one that has ended. */
  async endOne(actor: Actor, sessionId: string): Promise<void> {
    await this.endOwn(actor.id, sessionId);
    logSecurity('session-ended', { actor: actor.id, address: actor.address });
  }

  /** Ends all sessions of a customer; of the actor's own all but the one that asks. Throws CustomerNotFound. */
  async endAll(customerId: string, by: Actor): Promise<void> {
    await this.endAllBut(customerId, customerId === by.id ? by.sessionId : undefined);
    logSecurity('sessions-ended', { actor: by.id, address: by.address, subject: customerId });
  }

  @UnitOfWork()
  private async open(customerId: string, checkedHash: string, device?: string): Promise<TokenPair | undefined> {
    const customer = await this.customers.lockActive(customerId);
    // The password was checked without a lock: it may have been replaced since, or the customer disabled.
    if (!customer?.isOpenedBy(checkedHash)) return undefined;
    const now = this.clock.now();
    const session = Session.open(customer.id, device ?? null, this.tokens.refreshExpiry(now, now), now);
    this.sessions.add(session);
    return this.tokens.issue(customer, session, now);
  }

  @UnitOfWork()
  private async exchange(
    { sub, sid, jti }: RefreshClaims,
    refreshToken: string,
  ): Promise<TokenPair | 'reused' | 'refused'> {
    const customer = await this.customers.lockActive(sub);
    const session = await this.sessions.lock(sid);
    if (!customer || session?.customerId !== customer.id) return 'refused';
    const now = this.clock.now();
    const expiresAt = this.tokens.refreshExpiry(session.openedAt, now);
    const result = session.refresh(jti, { expiresAt, grace: this.settings.REFRESH_GRACE, at: now });
    if (result === 'repeated') {
      const successor = session.sealedSuccessor && unseal(session.sealedSuccessor, refreshToken);
      return successor ? this.tokens.issueWith(successor, customer, session, now) : 'refused';
    }
    if (result !== 'refreshed') return result;
    const pair = this.tokens.issue(customer, session, now);
    session.keepSuccessor(seal(pair.refreshToken, refreshToken));
    return pair;
  }

  @UnitOfWork()
  private async end(sessionId: string): Promise<boolean> {
    const session = await this.sessions.lock(sessionId);
    return session?.end(this.clock.now()) ?? false;
  }

  @UnitOfWork()
  private async endOwn(customerId: string, sessionId: string): Promise<void> {
    const session = await this.sessions.lock(sessionId);
    if (session?.customerId !== customerId || !session.end(this.clock.now())) throw new SessionNotFound();
  }

  @UnitOfWork()
  private async endAllBut(customerId: string, kept?: string): Promise<void> {
    await this.customers.lock(customerId);
    for (const session of await this.sessions.lockAllOf(customerId))
      if (session.id !== kept) session.end(this.clock.now());
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
