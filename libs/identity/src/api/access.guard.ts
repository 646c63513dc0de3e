import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ACCESS, type Access, OPENING_SCOPES, operationIdOf, RateLimits, refuseBadBody } from '@holdfast/http';
import { type AuditedRequest, HttpProblem, problems, requestContext } from '@holdfast/platform';
import { Clock } from '@holdfast/shared-kernel';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { ApiKeys } from '../application/api-keys.service';
import { CustomerQueries } from '../application/customer.queries';
import { ACCESS_TOKEN, type AccessClaims, isUuid, SigningKeys } from '../application/tokens';
import type { Role } from '../domain/customer';

const ACCESS_TOKEN_STRATEGY = 'access-token';

/** Who sends the request. An API key stands in for an admin, under its own id, on the routes that its scopes open. */
export interface CurrentCustomer {
  id: string;
  role: Role;
  /** The log-in that the access token stems from. */
  sessionId?: string;
  /** The scopes of an API key; undefined for a person. */
  scopes?: readonly string[];
}

interface AuthenticatedRequest extends FastifyRequest {
  user?: CurrentCustomer;
  /** Of the API key that it comes with. */
  scopes?: string[];
}

const BEARS_A_KEY = /^Bearer +(hf_\S*)$/i;

/** The {@link CurrentCustomer}; undefined for an anonymous caller of a route that admits one. */
export const LoggedIn = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<AuthenticatedRequest>().user,
);

/** Throws 403 `insufficient-scope` for an API key without this scope. Persons have no scopes and pass. */
export function ensureScope({ scopes }: CurrentCustomer, scope: string): void {
  if (scopes && !scopes.includes(scope)) throw problems.insufficientScope([scope]);
}

/** A good signature is not enough: the customer's row says whether, and as what, he may still act. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN_STRATEGY) {
  /** The claims of headers whose signature was found good, until their token ends: a signature stays good or bad. */
  private readonly verified = new LRUCache<string, AccessClaims>({ max: 10_000 });

  constructor(
    keys: SigningKeys,
    private readonly customers: CustomerQueries,
    private readonly clock: Clock,
  ) {
    super({
      ...ACCESS_TOKEN,
      ignoreExpiration: true, // the library would ask the clock of this process, by which the token was perhaps not made
      passReqToCallback: true,
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, token: string, done) => done(null, keys.publicKeyFor(token, ACCESS_TOKEN.typ)),
    });
  }

  async validate(request: FastifyRequest, claims: AccessClaims): Promise<CurrentCustomer | false> {
    const { sub, sid, exp } = claims;
    // A token without an end is none of ours, and the library would take it.
    if (exp === undefined || !isUuid(sub) || (sid !== undefined && !isUuid(sid))) return false;
    const left = exp * 1_000 - this.clock.now().getTime();
    if (left <= 0) return false;
    this.verified.set(request.headers.authorization!, claims, { ttl: left });
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
    private readonly keys: ApiKeys,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.said<Access>(context, ACCESS);
    try {
      await this.identify(context, access);
    } catch (error) {
      const http = context.switchToHttp();
      if (error instanceof HttpProblem && error.status === 401)
        await this.limits.admitStranger(http.getRequest(), http.getResponse());
      throw error;
    }
    await this.limits.admit(context);
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { user, scopes } = request;
    const opening = this.said<string[]>(context, OPENING_SCOPES);
    if (scopes && !scopes.some((scope) => opening?.includes(scope))) throw problems.insufficientScope(opening);
    if (access === 'admin' && user?.role !== 'admin') throw problems.forbidden();
    refuseBadBody(request);
    if (user?.role === 'admin') this.audit(context, user.id, scopes ? 'api-key' : 'admin');
    return true;
  }

  private async identify(context: ExecutionContext, access: Access | undefined): Promise<void> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const { authorization } = request.headers;
    if (access === 'public' || (access === 'optional' && authorization === undefined)) return;
    const [, key] = BEARS_A_KEY.exec(authorization ?? '') ?? [];
    if (key) return this.admitKey(request, key);
    const known = await this.strategy.remembered(authorization);
    if (known === undefined) await super.canActivate(context);
    else request.user = this.handleRequest(null, known);
  }

  private async admitKey(request: AuthenticatedRequest, key: string): Promise<void> {
    const { id, scopes } = this.handleRequest(null, (await this.keys.holderOf(key)) ?? null);
    request.user = { id, role: 'admin', scopes };
    request.scopes = scopes;
  }

  /** What it writes is recorded, beside the effect, by its unit of work. */
  private audit(context: ExecutionContext, actorId: string, actorKind: AuditedRequest['actorKind']): void {
    const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: Record<string, string> }>>();
    const current = requestContext.getStore();
    if (!current) throw new Error('a request without a context');
    const operation = operationIdOf(context.getClass().name, context.getHandler().name);
    const objectId = Object.values(request.params).find((value) => isUuid(value.toLowerCase()));
    current.audited = { actorKind, actorId, operation, objectId };
  }

  /** What a decorator says of the route. */
  private said<T>(context: ExecutionContext, what: string): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(what, [context.getHandler(), context.getClass()]);
  }

  /** Whatever is wrong with a token, the answer is the same. `error` is no refusal but a failure, such as a lost database. */
  override handleRequest<User>(error: Error | null, user: User | false | null): User {
    if (error) throw error;
    if (!user) throw problems.unauthorized();
    return user;
  }
}
