import { newId } from '@holdfast/shared-kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { log, metrics, requestContext } from '@holdfast/platform';
import { type OpenSpan, openSpan } from '@holdfast/platform/observability';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The spans of unanswered requests; empty unless requests are traced. */
const spans = new WeakMap<FastifyRequest, OpenSpan>();

/** Runs each request in its context; logs and measures each answer. */
export function installContext(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', inContext);
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? null;
    const [status, ms] = [reply.statusCode, reply.elapsedTime];
    spans.get(request)?.end({ 'http.route': route ?? 'none', 'http.response.status_code': status });
    metrics.requests.observe({ method, route: route ?? 'none', status }, ms / 1_000);
    log.info({ method, route, status, ms: Math.round(ms) }, 'request');
    done();
  });
}

/** Gives the request its id (the caller's if it is a UUID) and its trace, before anything is logged or answered. */
export function inContext(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && UUID.test(given) ? given : newId();
  const trace = request.headers['traceparent'];
  const traceparent = typeof trace === 'string' && TRACEPARENT.test(trace) ? trace : undefined;
  void reply.header('x-request-id', requestId);
  const attributes = { 'http.request.method': request.method, 'request.id': requestId };
  const span = openSpan('SERVER', `${request.method} ${request.routeOptions.url ?? 'none'}`, traceparent, attributes);
  if (span) spans.set(request, span);
  requestContext.run({ requestId, traceparent: span?.traceparent ?? traceparent }, next);
}
