import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ACCESS, type Access, problems } from '@holdfast/platform';
import type { FastifyRequest } from 'fastify';
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
  constructor(
    keys: SigningKeys,
    private readonly customers: CustomerQueries,
  ) {
    super({
      ...ACCESS_TOKEN,
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request, token: string, done) => done(null, keys.publicKeyFor(token, ACCESS_TOKEN.typ)),
    });
  }

  async validate({ sub, sid, exp }: AccessClaims): Promise<CurrentCustomer | false> {
    // A token without an end is none of ours, and the library would take it.
    const isOurs = exp !== undefined && isUuid(sub) && (sid === undefined || isUuid(sid));
    const role = isOurs ? await this.customers.roleOf(sub, sid) : undefined;
    return role ? { id: sub, role, sessionId: sid } : false;
  }
}

/** Guards every route of the process. One that says nothing about access needs a login: forgetting fails closed. */
@Injectable()
export class AccessGuard extends AuthGuard(ACCESS_TOKEN_STRATEGY) {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (access === 'public') return true;
    if (access === 'optional' && request.headers.authorization === undefined) return true;
    await super.canActivate(context);
    if (access === 'admin' && request.user?.role !== 'admin') throw problems.forbidden();
    return true;
  }

  /** Whatever is wrong with a token, the answer is the same. `error` is no refusal but a failure, such as a lost database. */
  override handleRequest<User>(error: Error | null, user: User | false | null): User {
    if (error) throw error;
    if (!user) throw problems.unauthorized();
    return user;
  }
}
