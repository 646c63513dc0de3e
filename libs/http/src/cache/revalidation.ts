import { negotiate } from '@fastify/accept-negotiator';
import { applyDecorators, HttpStatus } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type Coding, CODINGS, JSON_TYPE, type KeptAnswer } from './kept-answer';
import { requestContext } from '@holdfast/platform';
import { isNotModified, weakEtagOf } from './if-match';
import type { RateLimits } from '../limits/rate-limits';
import { AddRouteConfig } from '../app/route-config';
import { ApiAnswerHeaders } from '../openapi/openapi';

/** Lets clients and proxies keep the answer, and has them ask each time whether it is current. */
const HEADERS = { 'cache-control': 'no-cache', vary: 'authorization, accept-encoding, origin' };

interface Revalidatable {
  revalidated?: boolean;
}

/** The configuration of a route whose answers carry an ETag. */
export const REVALIDATED: Revalidatable = { revalidated: true };

/** Gives each answer of a GET route, an object or the JSON of one, an ETag, and answers 304 to clients that have it. */
export const Revalidated = () =>
  applyDecorators(
    AddRouteConfig(REVALIDATED),
    ApiAnswerHeaders('ETag'),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag of your copy: 304 while the copy is current.',
      schema: { type: 'string', example: '"3"' },
    }),
    ApiResponse({ status: HttpStatus.NOT_MODIFIED, description: 'Your copy is current.' }),
  );

/** Smaller answers go out uncompressed; in bytes. */
export const COMPRESSED_FROM = 1_024;
/** Characters of the URLs that a process remembers for anonymous callers, who all get the same answer. */
const REMEMBERED = 1_000_000;

/**
 * Sets ETags: the controller's, or else one made from the text. An answer that a cache keeps is compressed once. An
 * anonymous repetition of its URL is answered before Nest runs, which would be most of the work.
 */
export function installRevalidation(
  fastify: FastifyInstance,
  limits: RateLimits,
  refuse: (problem: unknown, request: FastifyRequest, reply: FastifyReply) => void,
): void {
  const kept = new LRUCache<string, () => KeptAnswer | undefined>({
    maxSize: REMEMBERED,
    sizeCalculation: (_lookAgain, url) => url.length,
  });

  fastify.addHook('preHandler', (request, reply, done) => {
    const answer = isForAll(request) ? kept.get(request.url)?.() : undefined;
    if (!answer) return done();
    limits.admitStranger(request, reply).then(
      () => void reply.send(answer.text),
      (problem: unknown) => refuse(problem, request, reply),
    );
  });

  fastify.addHook('onSend', (request, reply, text, done) => {
    // A strong ETag promises these very bytes, and `If-Match` takes no other: the answer goes out uncompressed. For a
    // short one it saves the plugin reading the headers that it would not follow.
    const isShort = typeof text === 'string' && Buffer.byteLength(text) < COMPRESSED_FROM;
    if (isShort || /^"/.test(String(reply.getHeader('etag')))) request.headers['x-no-compression'] = 'true';
    if (!isRevalidated(request) || reply.statusCode !== 200 || typeof text !== 'string') return done(null, text);
    const found = requestContext.getStore()?.kept;
    const whole = found?.answer.text === text ? found : undefined;
    if (whole && isForAll(request) && !kept.has(request.url)) kept.set(request.url, whole.lookAgain);
    const given = reply.getHeader('etag');
    const etag = typeof given === 'string' ? given : (whole?.answer.etag ?? weakEtagOf(text));
    void reply.headers({ ...HEADERS, etag });
    if (isNotModified(request.headers['if-none-match'], etag)) {
      void reply.status(HttpStatus.NOT_MODIFIED).removeHeader('content-type');
      // Fastify cannot take null for the answer of a HEAD.
      return done(null, request.method === 'HEAD' ? '' : null);
    }
    void reply.type(whole?.answer.type ?? JSON_TYPE);
    const coding = whole && codingFor(request, text);
    if (!coding) return done(null, text);
    whole.answer.as(coding).then((bytes) => {
      void reply.header('content-encoding', coding);
      done(null, bytes);
    }, done);
  });
}

function codingFor({ headers }: FastifyRequest, text: string): Coding | undefined {
  const accepted = headers['accept-encoding'];
  if (typeof accepted !== 'string' || text.length < COMPRESSED_FROM || headers['x-no-compression'] !== undefined)
    return;
  return negotiate(accepted.toLowerCase(), [...CODINGS]) ?? undefined;
}

const isRevalidated = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as Revalidatable | undefined)?.revalidated === true;

/** True for a request without credentials and without a body that could be refused. */
const isForAll = (request: FastifyRequest): boolean =>
  isRevalidated(request) &&
  request.method === 'GET' &&
  request.headers.authorization === undefined &&
  request.headers['content-type'] === undefined;
