import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** For answers that are data: nothing in them is to be run, shown in a frame, kept or sent on. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** For pages: own scripts and requests only. Swagger UI and most component libraries write styles into the page. */
const PAGE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; object-src 'none'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** A year, in seconds. */
const HSTS = 'max-age=31536000';

/** What pages of the origins in CORS_ORIGINS may send and read. There are no cookies, so no credentials either. */
export const CROSS_ORIGIN = {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  exposedHeaders: [
    ...['ETag', 'Idempotent-Replayed', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
    ...['WWW-Authenticate', 'X-Request-Id'],
  ],
  maxAge: 600,
};

/** Sets the security headers of every answer, refusals included. */
export function installHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setHeaders(request, reply);
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (/^text\/html/.test(String(reply.getHeader('content-type'))))
      void reply.header('content-security-policy', PAGE_POLICY);
    done();
  });
}

/** The headers of an answer that no hook has seen yet. */
export function setHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers(HEADERS);
  // Browsers ignore this header over plain HTTP, where an attacker could set it.
  if (request.protocol === 'https') void reply.header('strict-transport-security', HSTS);
}
