import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpProblem, problems } from '@holdfast/platform';
import type { HttpSettings } from '../http.settings';
import { addressOf } from '../limits/rate-limits';

/** Characters; a cursor, the longest part of any URL of the API, takes a quarter. */
const URL_LIMIT = 8_192;
/** Lines; Node bounds all of them together to 16 KiB. */
const HEADER_LIMIT = 100;
/** Bytes of request bodies that are not complete yet, of one client address and of all. */
const UNFINISHED_LIMIT = { address: 4 * 1024 * 1024, all: 256 * 1024 * 1024 };

type Refuse = (problem: HttpProblem, request: FastifyRequest, reply: FastifyReply) => void;

/** Refuses requests by their line and headers alone, before a body is read or a route is asked. */
export function installAdmission(fastify: FastifyInstance, settings: HttpSettings, refuse: Refuse): void {
  const bodies = new UnfinishedBodies();
  let draining = false;
  fastify.addHook('preClose', (done) => {
    draining = true;
    done();
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const problem = draining ? problems.unavailable() : (problemWith(request, settings) ?? bodies.begin(request));
    if (problem) refuse(problem, request, reply);
    else done();
  });
  fastify.addHook('preValidation', (request, _reply, done) => {
    bodies.end(request);
    done();
  });
  // A body that is refused by its length is never read, and its request may never close.
  fastify.addHook('onResponse', (request, _reply, done) => {
    bodies.end(request);
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    // An open connection would keep the process until its keep-alive ends.
    if (draining) void reply.header('connection', 'close');
    done();
  });
}

function problemWith(request: FastifyRequest, { ALLOWED_HOSTS }: HttpSettings): HttpProblem | undefined {
  const { url, headers, raw } = request;
  if (url.length > URL_LIMIT) return problems.broken.uriTooLong();
  if (raw.rawHeaders.length > 2 * HEADER_LIMIT) return problems.broken.headersTooLarge();
  if (!headers.host) return problems.malformedRequest('The request names no Host.');
  // Node reads the first of two Host headers; a proxy in front may have routed by the second.
  if (raw.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    return problems.malformedRequest('The request names two Hosts.');
  if (ALLOWED_HOSTS.length && !isAllowed(headers.host, ALLOWED_HOSTS) && !url.startsWith('/health/'))
    return problems.malformedRequest('This server does not answer for the Host of the request.');
  // PostgreSQL's text cannot hold U+0000, so no identifier or search term has one.
  if (url.includes('%00')) return problems.malformedRequest('The URL carries U+0000.');
  return undefined;
}

/** With its port or without it: `shop.example` allows `shop.example:8443` too. */
function isAllowed(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase();
  return allowed.includes(name) || allowed.includes(name.replace(/:\d+$/, ''));
}

/**
 * Counts the room for bodies that are still coming in. Their callers are not known yet: without a bound, one address
 * could reserve all memory by many slow requests.
 */
class UnfinishedBodies {
  private readonly perAddress = new Map<string, number>();
  private readonly open = new WeakMap<FastifyRequest, { address: string; size: number }>();
  private all = 0;

  begin(request: FastifyRequest): HttpProblem | undefined {
    const size = sizeOf(request);
    if (size === 0) return undefined;
    const address = addressOf(request);
    const ofAddress = (this.perAddress.get(address) ?? 0) + size;
    if (ofAddress > UNFINISHED_LIMIT.address) return problems.quotaExceeded('unfinished-bodies', 1);
    if (this.all + size > UNFINISHED_LIMIT.all) return problems.unavailable();
    this.perAddress.set(address, ofAddress);
    this.all += size;
    this.open.set(request, { address, size });
    request.raw.once('close', () => this.end(request));
    return undefined;
  }

  end(request: FastifyRequest): void {
    const body = this.open.get(request);
    if (!body) return;
    this.open.delete(request);
    this.all -= body.size;
    const left = this.perAddress.get(body.address)! - body.size;
    if (left) this.perAddress.set(body.address, left);
    else this.perAddress.delete(body.address);
  }
}

/** Bytes that a body may still take; a chunked body may fill its route's limit, and a longer one is refused anyway. */
function sizeOf({ headers, routeOptions }: FastifyRequest): number {
  const limit = routeOptions.bodyLimit ?? 0;
  if (headers['transfer-encoding'] !== undefined) return limit;
  return Math.min(Number(headers['content-length'] ?? 0) || 0, limit);
}
