import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ACCESS, type Access, HttpProblem, problems, RateLimits, refuseBadBody } from '@holdfast/platform';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { CustomerQueries } from '../application/customer.queries';
import { ACCESS_TOKEN, type AccessClaims, isUuid, SigningKeys } from '../application/tokens';
import type { Role } from '../domain/customer';

const ACCESS_TOKEN_STRATEGY = 'access-token';

/** Who sends the request. */
export interface CurrentCustomer {
  id: string;
  role: Role;
  /** The log-in that the access token stems from. */
  sessionId?: string;
}

interface AuthenticatedRequest extends FastifyRequest {
  user?: CurrentCustomer;
}

/** The {@link CurrentCustomer}; undefined for an anonymous caller of a route that admits one. */
export const LoggedIn = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<AuthenticatedRequest>().user,
);

/** A good signature is not enough: the customer's row says whether, and as what, he may still act. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN_STRATEGY) {
  /** The claims of headers whose signature was found good, until their token ends: a signature stays good or bad. */
  private readonly verified = new LRUCache<string, AccessClaims>({ max: 10_000 });

  constructor(
    keys: SigningKeys,
    private readonly customers: CustomerQueries,
  ) {
    super({
      ...ACCESS_TOKEN,
      passReqToCallback: true,
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, token: string, done) => done(null, keys.publicKeyFor(token, ACCESS_TOKEN.typ)),
    });
  }

  async validate(request: FastifyRequest, claims: AccessClaims): Promise<CurrentCustomer | false> {
    const { sub, sid, exp } = claims;
    // A token without an end is none of ours, and the library would take it.
    if (exp === undefined || !isUuid(sub) || (sid !== undefined && !isUuid(sid))) return false;
    this.verified.set(request.headers.authorization!, claims, { ttl: exp * 1_000 - Date.now() });
    return this.holderOf(claims);
  }

  /** Who sends a token whose signature has been checked before; undefined when it has to be checked. */
  async remembered(authorization: string | undefined): Promise<CurrentCustomer | false | undefined> {
    const claims = this.verified.get(authorization ?? '');
    return claims && this.holderOf(claims);
  }

  private async holderOf({ sub, sid }: AccessClaims): Promise<CurrentCustomer | false> {
    const role = await this.customers.roleOf(sub, sid);
    return role ? { id: sub, role, sessionId: sid } : false;
  }
}

/**
 * Guards every route of the process. One that says nothing about access needs a login: forgetting fails closed. Counts
 * each request under its rate limit, too, as soon as it is known whose it is; those with bad credentials by their address.
 */
@Injectable()
export class AccessGuard extends AuthGuard(ACCESS_TOKEN_STRATEGY) {
  constructor(
    private readonly reflector: Reflector,
    private readonly strategy: AccessTokenStrategy,
    private readonly limits: RateLimits,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    try {
      await this.identify(context, access);
    } catch (error) {
      if (error instanceof HttpProblem && error.status === 401) await this.limits.admitStranger(context);
      throw error;
    }
    await this.limits.admit(context);
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (access === 'admin' && request.user?.role !== 'admin') throw problems.forbidden();
    refuseBadBody(request);
    return true;
  }

  private async identify(context: ExecutionContext, access: Access | undefined): Promise<void> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { authorization } = request.headers;
    if (access === 'public' || (access === 'optional' && authorization === undefined)) return;
    const known = await this.strategy.remembered(authorization);
    if (known === undefined) await super.canActivate(context);
    else request.user = this.handleRequest(null, known);
  }

  /** Whatever is wrong with a token, the answer is the same. `error` is no refusal but a failure, such as a lost database. */
  override handleRequest<User>(error: Error | null, user: User | false | null): User {
    if (error) throw error;
    if (!user) throw problems.unauthorized();
    return user;
  }
}
