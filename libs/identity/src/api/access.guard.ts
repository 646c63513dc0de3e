import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import {
  ACCESS,
  type Access,
  addressOf,
  OPENING_SCOPES,
  operationIdOf,
  RateLimits,
  refuseBadBody,
} from '@holdfast/http';
import { type HttpProblem, problems, requestContext } from '@holdfast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { ApiKeys } from '../application/api-keys.service';
import { CustomerQueries } from '../application/customer.queries';
import { logSecurity } from '../application/security-log';
import { SigningKeys } from '../application/signing-keys';
import { ACCESS_TOKEN, type AccessClaims, isUuid, Tokens } from '../application/tokens';
import type { Role } from '../domain/customer';

/** The caller of a request. An API key acts as an admin, under its own id, on the routes that its scopes open. */
export interface CurrentCustomer {
  id: string;
  role: Role;
  /** The session of the access token. */
  sessionId?: string;
  /** The scopes of an API key; undefined for a person. */
  scopes?: readonly string[];
}

interface Call extends FastifyRequest<{ Params: Record<string, string> }> {
  user?: CurrentCustomer;
  /** The claims of a token whose signature was checked for this request. */
  claims?: AccessClaims;
}

/** The {@link CurrentCustomer}; undefined for an anonymous caller of a route that admits anonymous callers. */
export const LoggedIn = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<Call>().user,
);

/** Throws 403 `insufficient-scope` for an API key without this scope. Persons have no scopes and pass. */
export function ensureScope({ scopes }: CurrentCustomer, scope: string): void {
  if (scopes && !scopes.includes(scope)) throw problems.insufficientScope([scope]);
}

const BEARER = /^Bearer +(\S+)$/i;
const API_KEY = /^hf_/;

const ACCESS_TOKEN_STRATEGY = 'access-token';

/** Checks the signature, issuer, audience and end of our own access tokens. The result is the claims. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN_STRATEGY) {
  constructor(
    keys: SigningKeys,
    private readonly tokens: Tokens,
  ) {
    const { typ, ...expected } = ACCESS_TOKEN;
    super({
      ...expected,
      // The library would ask the clock of this process, which another process may not share; validate asks ours.
      ignoreExpiration: true,
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, token: string, done) => done(null, keys.publicKeyFor(token, typ)),
    });
  }

  validate(claims: AccessClaims): AccessClaims | false {
    return this.tokens.isCurrent(claims) && claims;
  }
}

/**
 * Guards every route of the process. A route without a decorator needs a log-in, so a forgotten one fails closed.
 * Requests with bad credentials count under the rate limit of their address, all others under the one of their caller.
 */
@Injectable()
export class AccessGuard extends AuthGuard(ACCESS_TOKEN_STRATEGY) {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
    private readonly tokens: Tokens,
    private readonly customers: CustomerQueries,
    private readonly keys: ApiKeys,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = context.switchToHttp().getRequest<Call>();
    const admitted = await this.authenticate(call, context);
    await this.count(context, admitted);
    this.authorise(call, context);
    refuseBadBody(call);
    this.armAudit(call, context);
    return true;
  }

  /** Sets the caller of the request. Returns the work to do once it is admitted. Throws 401, or 429 over a limit. */
  private async authenticate(call: Call, context: ExecutionContext): Promise<() => void> {
    const access = this.metadata<Access>(context, ACCESS);
    const { authorization } = call.headers;
    const isAnonymous = access === 'public' || (access === 'optional' && authorization === undefined);
    if (isAnonymous) return () => undefined;
    const [, credentials = ''] = BEARER.exec(authorization ?? '') ?? [];
    const admitted = await (API_KEY.test(credentials)
      ? this.useKey(call, credentials)
      : this.useToken(call, credentials, context));
    if (admitted) return admitted;
    await this.limits.admitStranger(call, context.switchToHttp().getResponse<FastifyReply>());
    return this.refuse(call, problems.unauthorized());
  }

  private async useKey(call: Call, key: string): Promise<(() => void) | undefined> {
    const holder = await this.keys.findHolder(key);
    if (!holder) return undefined;
    call.user = { id: holder.id, role: 'admin', scopes: holder.scopes };
    return () => logSecurity('api-key-used', { actor: holder.id, address: addressOf(call) });
  }

  /** A good signature is not enough: the customer's row decides whether the token still admits, and to which role. */
  private async useToken(call: Call, token: string, context: ExecutionContext): Promise<(() => void) | undefined> {
    const claims = this.tokens.findRemembered(token) ?? (await this.verify(call, context));
    const role = claims && (await this.customers.findRole(claims.sub, claims.sid));
    if (!role) return undefined;
    call.user = { id: claims.sub, role, sessionId: claims.sid };
    return () => this.tokens.remember(token, claims);
  }

  /** Has Passport check the token by the {@link AccessTokenStrategy}. Undefined for a bad one. */
  private async verify(call: Call, context: ExecutionContext): Promise<AccessClaims | undefined> {
    await super.canActivate(context);
    return call.claims;
  }

  override getAuthenticateOptions(): { property: string } {
    return { property: 'claims' };
  }

  /** `error` is no refusal but a failure, such as a lost database; a refused token has no claims. */
  override handleRequest<Claims>(error: Error | null, claims: Claims | false | null): Claims {
    if (error) throw error;
    return (claims || undefined) as Claims;
  }

  /** Throws 429 when the caller, or the address of an anonymous one, has sent too many requests. */
  private async count(context: ExecutionContext, admitted: () => void): Promise<void> {
    await this.limits.admit(context);
    admitted();
  }

  /** Throws 403 for a role or a key to which the route is not open. */
  private authorise(call: Call, context: ExecutionContext): void {
    const opening = this.metadata<string[]>(context, OPENING_SCOPES);
    const { role, scopes } = call.user ?? {};
    if (scopes && !scopes.some((scope) => opening?.includes(scope)))
      this.refuse(call, problems.insufficientScope(opening));
    if (this.metadata<Access>(context, ACCESS) === 'admin' && role !== 'admin') this.refuse(call, problems.forbidden());
  }

  private refuse(call: Call, problem: HttpProblem): never {
    logSecurity('access-refused', { actor: call.user?.id, address: addressOf(call), code: problem.code });
    throw problem;
  }

  /** Whatever an admin or a key writes is recorded in the audit log, beside the effect, by the unit of work. */
  private armAudit({ user, params }: Call, context: ExecutionContext): void {
    if (user?.role !== 'admin') return;
    const current = requestContext.getStore();
    if (!current) throw new Error('a request without a context');
    const operation = operationIdOf(context.getClass().name, context.getHandler().name);
    const objectId = Object.values(params).find((value) => isUuid(value.toLowerCase()));
    current.audited = { actorKind: user.scopes ? 'api-key' : 'admin', actorId: user.id, operation, objectId };
  }

  /** The value that a decorator gives the route, or else its controller. */
  private metadata<T>(context: ExecutionContext, key: string): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(key, [context.getHandler(), context.getClass()]);
  }
}
