import { negotiate } from '@fastify/accept-negotiator';
import { applyDecorators, HttpStatus } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { type Coding, CODINGS, type KeptAnswer } from './kept-answer';
import { requestContext } from '@holdfast/platform';
import { isNotModified, weakEtagOf } from './if-match';
import type { RateLimits } from '../limits/rate-limits';

/** Clients keep the answer, and ask each time whether it is still good; so may a proxy, for whom it was made. */
const HEADERS = { 'cache-control': 'no-cache', vary: 'authorization, accept-encoding' };

interface Revalidatable {
  revalidated?: boolean;
}

/** A GET route whose answer, an object or the JSON of one, carries an ETag: who has it already is answered 304. */
export const Revalidated = () =>
  applyDecorators(
    RouteConfig({ revalidated: true } satisfies Revalidatable),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag you have: 304 when it is still good.',
      schema: { type: 'string', example: '"3"' },
    }),
    ApiResponse({ status: HttpStatus.NOT_MODIFIED, description: 'What you have is still good.' }),
  );

/** Smaller answers are not worth it; in bytes. */
export const COMPRESSED_FROM = 1_024;
/** Characters of the URLs that a process remembers because their answers are the same for all who are not logged in. */
const REMEMBERED = 1_000_000;

/**
 * The ETag is what the controller has set, or else made from the text. An answer that a cache keeps is compressed once;
 * and who is not logged in, and asks for it again under its URL, gets it before the framework is asked: that would be
 * most of the work.
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
    if (!isRevalidated(request) || reply.statusCode !== 200 || typeof text !== 'string') return done(null, text);
    const found = requestContext.getStore()?.kept;
    const whole = found?.answer.text === text ? found : undefined;
    if (whole && isForAll(request) && !kept.has(request.url)) kept.set(request.url, whole.lookAgain);
    const given = reply.getHeader('etag');
    const etag = typeof given === 'string' ? given : (whole?.answer.etag ?? weakEtagOf(text));
    void reply.headers({ ...HEADERS, etag });
    if (isNotModified(request.headers['if-none-match'], etag)) {
      void reply.status(HttpStatus.NOT_MODIFIED).removeHeader('content-type');
      // What Fastify does to the answer of a HEAD afterwards takes no null.
      return done(null, request.method === 'HEAD' ? '' : null);
    }
    void reply.type('application/json; charset=utf-8');
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

/** It says nothing about who asks, and has no body that something could be wrong with. */
const isForAll = (request: FastifyRequest): boolean =>
  isRevalidated(request) &&
  request.method === 'GET' &&
  request.headers.authorization === undefined &&
  request.headers['content-type'] === undefined;
