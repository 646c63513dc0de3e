import compress from '@fastify/compress';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { newId } from '@holdfast/shared-kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CODINGS } from '../cache/kept-answer';
import { type HttpProblem, log, metrics, problems, requestContext } from '@holdfast/platform';
import { NestLogger, type OpenSpan, openSpan } from '@holdfast/platform/observability';
import { problemOf } from '@holdfast/platform/problems';
import { installBodyParser } from './body-parser';
import { installReplays } from '../idempotency/idempotent';
import { type HttpSettings } from '../http.settings';
import { type About, BODY_LIMIT, openApiDocument, problemDescription } from '../openapi/openapi';
import { ProblemFilter } from './problem.filter';
import { RateLimits } from '../limits/rate-limits';
import { COMPRESSED_FROM, installRevalidation } from '../cache/revalidation';
import { RouteTable } from './route-table';
import { Validation } from '../fields/validation';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Characters; a cursor, the longest that any URL of ours has in it, takes a quarter. */
const URL_LIMIT = 8_192;
/** Lines; together they have to fit into Node's 16 KiB. */
const HEADER_LIMIT = 100;
/** A client that takes nothing of its answer for so long is left; in milliseconds. */
const SILENCE_LIMIT = 120_000;
/** How often Node looks for requests whose time is over, and how long a client may take to hear of it. */
const LOOK_EVERY_MS = 1_000;

/** Everything every route shares, in one place: context, headers, body, errors, validation, documentation. */
export async function createHttpApp(
  module: DynamicModule,
  settings: HttpSettings,
  about: About,
): Promise<NestFastifyApplication> {
  const routes = new RouteTable();
  const filter = new ProblemFilter(routes, BODY_LIMIT);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    trustProxy: (_address: string, hop: number) => hop < settings.TRUST_PROXY_HOPS,
    // Errors that Fastify meets before any route: a path that cannot be decoded, for instance.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      inContext(request, reply, () => filter.answer(error, request, reply)),
    clientErrorHandler: answerBrokenHttp,
    // Both would be answered in words that are not ours.
    return503OnClosing: false,
    // Who dribbles a request is cut off, whatever it dribbles: the line, the headers, the body, or nothing at all.
    requestTimeout: settings.REQUEST_TIMEOUT,
    connectionTimeout: SILENCE_LIMIT,
    http: {
      requireHostHeader: false,
      headersTimeout: settings.REQUEST_TIMEOUT,
      connectionsCheckingInterval: LOOK_EVERY_MS,
    },
  });
  const fastify = adapter.getInstance();
  routes.watch(fastify);
  fastify.server.on('checkExpectation', (_request, response: ServerResponse) => refuseExpectation(response));
  installBodyParser(fastify);
  let draining = false;
  fastify.addHook('preClose', (done) => {
    draining = true;
    done();
  });
  fastify.addHook('onRequest', (request, reply, done) =>
    inContext(request, reply, () => {
      const refuse = (problem: HttpProblem) => filter.answer(problem, request, reply);
      if (draining) return refuse(problems.unavailable());
      if (request.url.length > URL_LIMIT) return refuse(problems.broken.uriTooLong());
      if (request.raw.rawHeaders.length > 2 * HEADER_LIMIT) return refuse(problems.broken.headersTooLarge());
      if (!request.headers.host) return refuse(problems.malformedRequest('The request names no Host.'));
      // PostgreSQL's text cannot hold U+0000, so no identifier or search of ours has one.
      if (/%00/.test(request.url)) return refuse(problems.malformedRequest('The URL carries U+0000.'));
      done();
    }),
  );
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    // It promises these very bytes, and `If-Match` takes no other: what it is on goes out as it is.
    if (/^"/.test(String(reply.getHeader('etag')))) request.headers['x-no-compression'] = 'true';
    // Or the connection of the last answer stays open, and keeps the process, until its keep-alive runs out.
    if (draining) void reply.header('connection', 'close');
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? null;
    const [status, ms] = [reply.statusCode, reply.elapsedTime];
    spans.get(request)?.end({ 'http.route': route ?? 'none', 'http.response.status_code': status });
    metrics.requests.observe({ method, route: route ?? 'none', status }, ms / 1_000);
    log.info({ method, route, status, ms: Math.round(ms) }, 'request');
    done();
  });

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(),
    bodyParser: false,
    abortOnError: false,
  });
  const limits = app.get(RateLimits);
  installReplays(fastify, limits);
  installRevalidation(fastify, limits, (problem, request, reply) => filter.answer(problem, request, reply));
  // Bodies that come in compressed are none of ours, and are refused where they are parsed.
  await app.register(compress, { encodings: [...CODINGS], threshold: COMPRESSED_FROM, globalDecompression: false });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(new Validation());

  const document = openApiDocument(app, about);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Holdfast API',
    swaggerOptions: { persistAuthorization: true, docExpansion: 'list' },
  });
  fastify.get<{ Params: { code: string } }>('/problems/:code', (request, reply) => {
    const description = problemDescription(document, request.params.code);
    if (description) return reply.send(description);
    return filter.answer(problems.notFound(request.url), request, reply);
  });
  await app.init();
  await fastify.ready();
  return app;
}

/** Of the requests that are not answered yet; empty unless they are traced. */
const spans = new WeakMap<FastifyRequest, OpenSpan>();

/** Gives the request its id (the caller's if it is a UUID) and its trace, before anything is logged or answered. */
function inContext(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && UUID.test(given) ? given : newId();
  const trace = request.headers['traceparent'];
  const traceparent = typeof trace === 'string' && TRACEPARENT.test(trace) ? trace : undefined;
  void reply.headers({ 'x-request-id': requestId, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  const attributes = { 'http.request.method': request.method, 'request.id': requestId };
  const span = openSpan('SERVER', `${request.method} ${request.routeOptions.url ?? 'none'}`, traceparent, attributes);
  if (span) spans.set(request, span);
  requestContext.run({ requestId, traceparent: span?.traceparent ?? traceparent }, next);
}

/** Bytes that are no HTTP request never reach Fastify's router, but get a problem document all the same. */
function answerBrokenHttp(error: NodeJS.ErrnoException & { bytesParsed?: number }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const known: Record<string, () => HttpProblem> = {
    HPE_HEADER_OVERFLOW: problems.broken.headersTooLarge,
    ERR_HTTP_REQUEST_TIMEOUT: problems.broken.requestTimeout,
  };
  const problem = known[error.code ?? '']?.() ?? problems.malformedRequest('This is not a valid HTTP request.');
  const { headers, body } = onItsOwn(problem);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} Error\r\n${lines.join('')}\r\n${body}`);
  // Or who does not close its side keeps the connection.
  setTimeout(() => socket.destroy(), LOOK_EVERY_MS).unref();
}

function refuseExpectation(response: ServerResponse): void {
  const problem = problems.broken.expectationFailed();
  const { headers, body } = onItsOwn(problem);
  response.writeHead(problem.status, headers).end(body);
}

/** A problem where there is no request of Fastify's to answer. */
function onItsOwn(problem: HttpProblem): { headers: Record<string, string | number>; body: string } {
  const requestId = newId();
  const body = JSON.stringify(problemOf(problem, requestId));
  const type = 'application/problem+json';
  return {
    headers: { 'content-type': type, 'x-request-id': requestId, 'content-length': Buffer.byteLength(body) },
    body,
  };
}
