import { Injectable } from '@nestjs/common';
import { Clock } from '@holdfast/shared-kernel';
import { HttpProblem, problems, UnitOfWork } from '@holdfast/platform';
import { CustomerRepository } from '../domain/customer.repository';
import { Session } from '../domain/session';
import { SessionRepository } from '../domain/session.repository';
import { CustomerQueries } from './customer.queries';
import { LoginThrottle, Passwords } from './passwords';
import { type RefreshClaims, type TokenPair, Tokens } from './tokens';

export interface LogIn {
  /** Or the e-mail address; in any casing. */
  username: string;
  password: string;
}

/** Logging in, staying so, and logging out. Locks: customer, then session. */
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
   * Throws InvalidCredentials: the same, after the same work, for an unknown name, a wrong password, a disabled customer.
   * Throws LogInsThrottled after too many of them, before any work; `address` is where the try comes from.
   */
  async logIn({ username, password }: LogIn, address: string): Promise<TokenPair> {
    const pair = await this.throttle.attempt(username, address, async () => {
      const credentials = await this.queries.credentialsFor(username);
      const matches = await this.passwords.matches(password, credentials?.passwordHash);
      return matches && credentials ? this.open(credentials.id, credentials.passwordHash) : undefined;
    });
    if (!pair) throw new InvalidCredentials();
    return pair;
  }

  /** Each refresh token serves once; used again it ends its session. Throws 401 for one that is not current. */
  async refresh(refreshToken: string): Promise<TokenPair> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    // The unit has committed by now, so the end of a session whose token was copied stands, although we answer an error.
    const pair = claims && (await this.exchange(claims));
    if (!pair) throw problems.unauthorized();
    return pair;
  }

  /** Ends the session of the token, if there is one: whatever is presented, it is not good for anything afterwards. */
  async revoke(refreshToken: string): Promise<void> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    if (claims) await this.end(claims.sid);
  }

  @UnitOfWork()
  private async open(customerId: string, checkedHash: string): Promise<TokenPair | undefined> {
    const customer = await this.customers.lockActive(customerId);
    // The password was checked without a lock: by now it may be another, or the customer disabled.
    if (!customer?.isOpenedBy(checkedHash)) return undefined;
    const session = Session.open(customer.id, this.tokens.refreshExpiry(), this.clock.now());
    this.sessions.add(session);
    return this.tokens.issue(customer, session);
  }

  @UnitOfWork()
  private async exchange({ sub, sid, jti }: RefreshClaims): Promise<TokenPair | undefined> {
    const customer = await this.customers.lockActive(sub);
    const session = await this.sessions.lock(sid);
    if (!customer || session?.customerId !== customer.id) return undefined;
    const isRefreshed = session.refresh(jti, this.tokens.refreshExpiry(), this.clock.now());
    return isRefreshed ? this.tokens.issue(customer, session) : undefined;
  }

  @UnitOfWork()
  private async end(sessionId: string): Promise<void> {
    const session = await this.sessions.lock(sessionId);
    session?.end(this.clock.now());
  }
}

export class InvalidCredentials extends HttpProblem {
  constructor() {
    super(401, 'invalid-credentials', 'The username or the password is wrong.', {}, { 'www-authenticate': 'Bearer' });
  }
}
