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
import { idempotentCallOf, IdempotentOperation } from '../idempotency/idempotency-key';
import { ApiRateLimit, usualRateLimit } from '../openapi/openapi';

const RateLimitOf = Reflector.createDecorator<string>();

/** The setting that holds the quota of each limit. */
const quotaSettings = new Map([['requests', 'RATE_LIMIT_REQUESTS_PER_MINUTE']]);

/** Declares a limit of its own for some routes: the setting holds its requests a minute, 0 for any number. */
export function rateLimit(name: string, setting: string): string {
  quotaSettings.set(name, setting);
  return name;
}

/** The limit of routes that are not counted. */
export const NOT_COUNTED = 'none';

/** Counts a route under another limit than {@link usualRateLimit} names. */
export const RateLimit = (name: string) => applyDecorators(RateLimitOf(name), ApiRateLimit(name));

interface LimitedRequest extends FastifyRequest {
  user?: { id: string };
  counted?: { limit: string; admission: Admission };
}

/** An IPv6 provider's network has 65,536 customers' networks: together they get this multiple of the quota. */
const NETWORK_FACTOR = 16;

/** Bounds the requests of customers, and of addresses without a log-in; see {@link SlidingWindows}. */
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

  /** Counts an authenticated request by its customer, an anonymous one by its address. Throws 429 over the limit. */
  async admit(context: ExecutionContext): Promise<void> {
    const http = context.switchToHttp();
    const request = http.getRequest<LimitedRequest>();
    const limit =
      this.reflector.getAllAndOverride(RateLimitOf, [context.getHandler(), context.getClass()]) ??
      usualRateLimit(request.routeOptions.url ?? '');
    const whom = request.user ? [request.user.id] : networksOf(request);
    const refusal = await this.count(limit, whom, request, http.getResponse());
    if (refusal && !(await this.isRepetition(context))) this.refuse(limit, refusal);
  }

  /** Counts a request without valid credentials by its address. Throws 429 over the limit. */
  async admitStranger(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const refusal = await this.count('requests', networksOf(request), request, reply);
    if (refusal) this.refuse('requests', refusal);
  }

  private refuse(limit: string, refusal: HttpProblem): never {
    metrics.limited.inc({ limit });
    throw refusal;
  }

  /** Takes a replay out of the count. It counts until its end, when it is known to be a replay. */
  async forgive({ counted }: LimitedRequest, reply: FastifyReply): Promise<void> {
    if (!counted?.admission.admitted) return;
    await counted.admission.giveBack();
    this.announce(reply, counted.limit, { ...counted.admission, remaining: counted.admission.remaining + 1 });
  }

  /** `whom`: the customer, or the networks of an address, the widest last. */
  private async count(limit: string, [whom, network]: string[], request: LimitedRequest, reply: FastifyReply) {
    const quota = this.quotas.get(limit) ?? 0;
    if (quota === 0) return undefined;
    // The wide network first: one that is refused takes no room in the memory of the narrow ones.
    const wide = network === undefined ? undefined : await this.windows.enter(limit, network, quota * NETWORK_FACTOR);
    const narrow = wide?.admitted === false ? wide : await this.windows.enter(limit, whom, quota);
    if (wide?.admitted && !narrow.admitted) await wide.giveBack();
    const giveBack = async () => void (await Promise.all([narrow.giveBack(), wide?.giveBack()]));
    const admission: Admission = { ...narrow, giveBack };
    request.counted = { limit, admission };
    this.announce(reply, limit, admission);
    return admission.admitted ? undefined : problems.quotaExceeded(limit, Math.max(1, secondsOf(admission.reset)));
  }

  /**
   * True for the repetition of an answered request, which is replayed even over the limit. Throws
   * `idempotency-key-in-use` while the first request is still running.
   */
  private async isRepetition(context: ExecutionContext): Promise<boolean> {
    const operation = this.reflector.get(IdempotentOperation, context.getHandler());
    if (!operation) return false;
    const call = idempotentCallOf(context.switchToHttp().getRequest(), operation);
    if (!call) return false;
    const read: Statement = async <Row>(sql: string, parameters: unknown[]) => {
      const rows = await this.reads.query<Row>(sql, parameters);
      return { rows, affected: 0 };
    };
    const repeats = await this.keys.repeats(call, read);
    if (repeats === 'in flight') throw problems.idempotencyKeyInUse();
    return repeats === 'answered';
  }

  /** Sets the headers of draft-ietf-httpapi-ratelimit-headers. */
  private announce(reply: FastifyReply, limit: string, { remaining, reset }: Admission): void {
    void reply.headers({
      'ratelimit-policy': `"${limit}";q=${this.quotas.get(limit)};w=${WINDOW_MS / 1_000}`,
      ratelimit: `"${limit}";r=${remaining};t=${secondsOf(reset)}`,
    });
  }
}

const secondsOf = (milliseconds: number): number => Math.ceil(milliseconds / 1_000);

/** The client's address, as TRUST_PROXY_HOPS has it; of IPv6 the /64, which is one customer's. */
export const addressOf = (request: FastifyRequest): string => networksOf(request)[0];

/** The networks that a client's address counts under: an IPv4 address alone, or the /64 and the /48 of IPv6. */
export function networksOf({ ip }: Pick<FastifyRequest, 'ip'>): [string] | [string, string] {
  // A connection that has ended has no address.
  if (!ip || !IPv6.isValid(ip)) return [String(ip)];
  const address = IPv6.parse(ip);
  if (address.isIPv4MappedAddress()) return [address.toIPv4Address().toString()];
  const parts = address.parts.map((part) => part.toString(16));
  return [`${parts.slice(0, 4).join(':')}::/64`, `${parts.slice(0, 3).join(':')}::/48`];
}

export const ClientAddress = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  addressOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
