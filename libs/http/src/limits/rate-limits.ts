import { applyDecorators, createParamDecorator, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IPv6 } from 'ipaddr.js';
import {
  type HttpProblem,
  IdempotencyKeys,
  type LoadedSettings,
  metrics,
  problems,
  Reads,
  Settings,
  type Statement,
} from '@holdfast/platform';
import { type Admission, SlidingWindows, WINDOW_MS } from '@holdfast/platform/limits';
import { IdempotencyKeyInUse } from '@holdfast/platform/unit-of-work';
import { idempotentCallOf, IdempotentOperation } from '../idempotency/idempotency-key';
import { ApiRateLimit, usualRateLimit } from '../openapi/openapi';

const RateLimitOf = Reflector.createDecorator<string>();

/** The setting that holds the quota of each limit. */
const quotaSettings = new Map([['requests', 'RATE_LIMIT_REQUESTS_PER_MINUTE']]);

/** A limit of its own for some routes: the setting holds how many requests a minute may have; 0 for any number. */
export function rateLimit(name: string, setting: string): string {
  quotaSettings.set(name, setting);
  return name;
}

/** For routes that are not counted. */
export const NOT_COUNTED = 'none';

/** What the route is counted under, when it is not what {@link usualRateLimit} says. */
export const RateLimit = (name: string) => applyDecorators(RateLimitOf(name), ApiRateLimit(name));

interface LimitedRequest extends FastifyRequest {
  user?: { id: string };
  counted?: { limit: string; admission: Admission };
}

/** How often customers, and addresses from which nobody has logged in, may ask; see {@link SlidingWindows}. */
@Injectable()
export class RateLimits {
  private readonly quotas: Map<string, number>;

  constructor(
    @Inject(Settings) settings: LoadedSettings,
    private readonly windows: SlidingWindows,
    private readonly keys: IdempotencyKeys,
    private readonly reads: Reads,
    private readonly reflector: Reflector,
  ) {
    this.quotas = new Map([...quotaSettings].map(([name, setting]) => [name, settings[setting] as number]));
    for (const limit of this.quotas.keys()) metrics.limited.inc({ limit }, 0);
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

  private refuse(limit: string, refusal: HttpProblem): never {
    metrics.limited.inc({ limit });
    throw refusal;
  }

  /** A replay does not count. While it is under way it does: whether it is one is only known at its end. */
  async forgive({ counted }: LimitedRequest, reply: FastifyReply): Promise<void> {
    if (!counted?.admission.admitted) return;
    await counted.admission.giveBack();
    this.tell(reply, counted.limit, { ...counted.admission, remaining: counted.admission.remaining + 1 });
  }

  private async count(limit: string, whom: string, request: LimitedRequest, reply: FastifyReply) {
    const quota = this.quotas.get(limit) ?? 0;
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
  private tell(reply: FastifyReply, limit: string, { remaining, reset }: Admission): void {
    void reply.headers({
      'ratelimit-policy': `"${limit}";q=${this.quotas.get(limit)};w=${WINDOW_MS / 1_000}`,
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
