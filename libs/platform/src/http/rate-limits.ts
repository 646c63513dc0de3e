import { applyDecorators, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IPv6 } from 'ipaddr.js';
import { Settings } from '../config/settings';
import { metrics } from '../observability/metrics';
import { type Admission, SlidingWindows, WINDOW_MS } from '../limits/sliding-windows';
import { Reads } from '../persistence/reads';
import type { Statement } from '../persistence/set-writer';
import { IdempotencyKeyInUse, IdempotencyKeys } from '../unit-of-work/idempotency-keys';
import { type HttpProblem, problems } from './http-problem';
import { idempotentCallOf, IdempotentOperation } from './idempotency-key';
import { ApiRateLimit, type RateLimitName, usualRateLimit } from './openapi';

const RateLimitOf = Reflector.createDecorator<RateLimitName>();

/** What the route is counted under, when it is not what {@link usualRateLimit} says. */
export const RateLimit = (name: RateLimitName) => applyDecorators(RateLimitOf(name), ApiRateLimit(name));

interface LimitedRequest extends FastifyRequest {
  user?: { id: string };
  counted?: { limit: RateLimitName; admission: Admission };
}

/** How often customers, and addresses from which nobody has logged in, may ask; see {@link SlidingWindows}. */
@Injectable()
export class RateLimits {
  private readonly quotas: Record<RateLimitName, number>;

  constructor(
    settings: Settings,
    private readonly windows: SlidingWindows,
    private readonly keys: IdempotencyKeys,
    private readonly reads: Reads,
    private readonly reflector: Reflector,
  ) {
    this.quotas = {
      orders: settings.RATE_LIMIT_ORDERS_PER_MINUTE,
      logins: settings.RATE_LIMIT_LOGINS_PER_MINUTE,
      // As expensive as a log-in: a password is hashed.
      registrations: settings.RATE_LIMIT_LOGINS_PER_MINUTE,
      requests: settings.RATE_LIMIT_REQUESTS_PER_MINUTE,
      none: 0,
    };
    for (const limit of Object.keys(this.quotas)) if (limit !== 'none') metrics.limited.inc({ limit }, 0);
  }

  /**
   * Counts the request of who has been let in by the access guard: the customer, or on a public route the address.
   * Throws 429 when there have been too many.
   */
  async admit(context: ExecutionContext): Promise<void> {
    const http = context.switchToHttp();
    const request = http.getRequest<LimitedRequest>();
    const limit =
      this.reflector.getAllAndOverride(RateLimitOf, [context.getHandler(), context.getClass()]) ??
      usualRateLimit(request.routeOptions.url ?? '');
    const refusal = await this.count(limit, request.user?.id ?? addressOf(request), request, http.getResponse());
    if (refusal && !(await this.isRepetition(context))) this.refuse(limit, refusal);
  }

  /** Counts a request of nobody known by its address. Throws 429 when there have been too many. */
  async admitStranger(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const refusal = await this.count('requests', addressOf(request), request, reply);
    if (refusal) this.refuse('requests', refusal);
  }

  private refuse(limit: RateLimitName, refusal: HttpProblem): never {
    metrics.limited.inc({ limit });
    throw refusal;
  }

  /** A replay does not count. While it is under way it does: whether it is one is only known at its end. */
  async forgive({ counted }: LimitedRequest, reply: FastifyReply): Promise<void> {
    if (!counted?.admission.admitted) return;
    await counted.admission.giveBack();
    this.tell(reply, counted.limit, { ...counted.admission, remaining: counted.admission.remaining + 1 });
  }

  private async count(limit: RateLimitName, whom: string, request: LimitedRequest, reply: FastifyReply) {
    const quota = this.quotas[limit];
    if (quota === 0) return undefined;
    const admission = await this.windows.enter(limit, whom, quota);
    request.counted = { limit, admission };
    this.tell(reply, limit, admission);
    return admission.admitted ? undefined : problems.quotaExceeded(limit, Math.max(1, secondsOf(admission.reset)));
  }

  /**
   * Whoever repeats what has been answered gets that answer, however often he has asked. Looked for only when he would
   * be refused otherwise. Throws IdempotencyKeyInUse while what he repeats is still running.
   */
  private async isRepetition(context: ExecutionContext): Promise<boolean> {
    const operation = this.reflector.get(IdempotentOperation, context.getHandler());
    if (!operation) return false;
    const call = idempotentCallOf(context.switchToHttp().getRequest(), operation);
    const read: Statement = async <Row>(sql: string, parameters: unknown[]) => {
      const rows = await this.reads.query<Row>(sql, parameters);
      return { rows, affected: 0 };
    };
    const repeats = await this.keys.repeats(call, read);
    if (repeats === 'in flight') throw new IdempotencyKeyInUse();
    return repeats === 'answered';
  }

  /** As draft-ietf-httpapi-ratelimit-headers asks. */
  private tell(reply: FastifyReply, limit: RateLimitName, { remaining, reset }: Admission): void {
    void reply.headers({
      'ratelimit-policy': `"${limit}";q=${this.quotas[limit]};w=${WINDOW_MS / 1_000}`,
      ratelimit: `"${limit}";r=${remaining};t=${secondsOf(reset)}`,
    });
  }
}

const secondsOf = (milliseconds: number): number => Math.ceil(milliseconds / 1_000);

/** Whom a request comes from, as TRUST_PROXY_HOPS has it: the address, or the /64 that one customer has of IPv6. */
export function addressOf({ ip }: FastifyRequest): string {
  // The address of a connection that is gone already is not known.
  if (!ip || !IPv6.isValid(ip)) return String(ip);
  const address = IPv6.parse(ip);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  const network = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

export const ClientAddress = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  addressOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
