import compress from '@fastify/compress';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NestLogger } from '@holdfast/platform/observability';
import { CODINGS } from '../cache/kept-answer';
import { COMPRESSED_FROM, installRevalidation } from '../cache/revalidation';
import { Validation } from '../fields/validation';
import type { HttpSettings } from '../http.settings';
import { installReplays } from '../idempotency/idempotent';
import { RateLimits } from '../limits/rate-limits';
import type { About } from '../openapi/document';
import { installDocumentation } from '../openapi/documentation';
import { BODY_LIMIT } from '../openapi/openapi';
import { installAdmission } from './admission';
import { installBodyParser } from './body-parser';
import { answerBrokenHttp, CHECK_INTERVAL_MS, refuseExpectation } from './broken-http';
import { inContext, installContext } from './context';
import { CROSS_ORIGIN, installHeaders, setHeaders } from './headers';
import { ProblemFilter } from './problem.filter';
import { RouteTable } from './route-table';

/** A client that reads nothing of its answer for this long is disconnected; in milliseconds. */
const SILENCE_LIMIT = 120_000;

/** Builds the application that serves a module: everything that all routes share is installed here, in this order. */
export async function createHttpApp(
  module: DynamicModule,
  settings: HttpSettings,
  about: About,
): Promise<NestFastifyApplication> {
  const routes = new RouteTable();
  const filter = new ProblemFilter(routes, BODY_LIMIT);
  const refuse = (problem: unknown, request: FastifyRequest, reply: FastifyReply) =>
    filter.answer(problem, request, reply);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    trustProxy: (_address: string, hop: number) => hop < settings.TRUST_PROXY_HOPS,
    // Errors that Fastify meets before any route, such as a path that cannot be decoded.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      inContext(request, reply, () => {
        setHeaders(request, reply);
        refuse(error, request, reply);
      }),
    clientErrorHandler: answerBrokenHttp,
    // Fastify's own answer is no problem document; see installAdmission.
    return503OnClosing: false,
    // Bounds the whole request: a client that sends any part of it slowly gets 408.
    requestTimeout: settings.REQUEST_TIMEOUT,
    connectionTimeout: SILENCE_LIMIT,
    http: {
      requireHostHeader: false,
      headersTimeout: settings.REQUEST_TIMEOUT,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
    },
  });
  const fastify = adapter.getInstance();
  fastify.server.maxConnections = settings.MAX_CONNECTIONS;
  fastify.server.on('checkExpectation', refuseExpectation);
  routes.watch(fastify);
  installContext(fastify);
  installHeaders(fastify);
  installAdmission(fastify, settings, refuse);
  installBodyParser(fastify);

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(),
    bodyParser: false,
    abortOnError: false,
  });
  const limits = app.get(RateLimits);
  installReplays(fastify, limits);
  installRevalidation(fastify, limits, refuse);
  // Compressed bodies of requests are refused by the body parser.
  await app.register(compress, { encodings: [...CODINGS], threshold: COMPRESSED_FROM, globalDecompression: false });
  if (settings.CORS_ORIGINS.length) app.enableCors({ ...CROSS_ORIGIN, origin: settings.CORS_ORIGINS });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(new Validation());
  installDocumentation(app, about, settings, refuse);
  await app.init();
  await fastify.ready();
  return app;
}
