import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { type HttpProblem, problems, requestContext } from '@holdfast/platform';
import { KeptAnswer } from '../cache/kept-answer';
import { REVALIDATED } from '../cache/revalidation';
import type { HttpSettings } from '../http.settings';
import { RateLimits } from '../limits/rate-limits';
import { type About, openApiDocument } from './document';
import { problemDescription } from './problem-schemas';

type Refuse = (problem: HttpProblem, request: FastifyRequest, reply: FastifyReply) => void;

/** Serves the OpenAPI document, Swagger UI, the description of each problem, and the front page. */
export function installDocumentation(
  app: NestFastifyApplication,
  about: About,
  { API_DOCS }: HttpSettings,
  refuse: Refuse,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  // A fifth of a second of work, which most processes never need: it is done at the first request for it.
  let made: OpenAPIObject | undefined;
  const document = () => (made ??= openApiDocument(app, about));
  if (API_DOCS === 'on') {
    const limits = app.get(RateLimits);
    serveOnce(fastify, limits, '/openapi.json', 'application/json; charset=utf-8', () => JSON.stringify(document()));
    // Without aliases, which half of the readers of YAML do not follow.
    const yaml = () => stringify(document(), { aliasDuplicateObjects: false });
    serveOnce(fastify, limits, '/openapi.yaml', 'application/yaml; charset=utf-8', yaml);
    SwaggerModule.setup('docs', app, () => undefined as unknown as OpenAPIObject, {
      raw: false,
      swaggerUrl: '/openapi.json',
      customSiteTitle: `${about.title} API`,
      swaggerOptions: { docExpansion: 'list', requestInterceptor: withFreshKey, ...about.swaggerOptions },
    });
  }
  fastify.get<{ Params: { code: string } }>('/problems/:code', (request, reply) => {
    const description = problemDescription(document(), request.params.code);
    if (description) return reply.send(description);
    return refuse(problems.notFound(request.url), request, reply);
  });
  fastify.get('/', (request, reply) => {
    const links = linksOf(fastify, API_DOCS === 'on');
    const isBrowser = /\btext\/html\b/.test(request.headers.accept ?? '');
    void reply.header('vary', 'accept');
    if (isBrowser) return reply.type('text/html; charset=utf-8').send(frontPage(about, links));
    return reply.send({ name: about.title, description: about.summary, ...links });
  });
}

/** A text that never changes: made at the first request, compressed once, counted under the rate limit. */
function serveOnce(fastify: FastifyInstance, limits: RateLimits, url: string, type: string, render: () => string) {
  let made: KeptAnswer | undefined;
  const atHand = (): KeptAnswer => {
    const answer = (made ??= new KeptAnswer(render(), type));
    const context = requestContext.getStore();
    if (context) context.kept = { answer, lookAgain: atHand };
    return answer;
  };
  fastify.get(url, { config: REVALIDATED }, async (request, reply) => {
    await limits.admitStranger(request, reply);
    return atHand().text;
  });
}

type Links = Record<'documentation' | 'openapi' | 'console' | 'health', string | undefined>;

const linksOf = (fastify: FastifyInstance, isDocumented: boolean): Links => ({
  documentation: isDocumented ? '/docs' : undefined,
  openapi: isDocumented ? '/openapi.json' : undefined,
  console: ['/console', '/console/', '/console/*'].some((url) => fastify.hasRoute({ method: 'GET', url }))
    ? '/console/'
    : undefined,
  health: '/health/ready',
});

const TITLES: Record<keyof Links, string> = {
  documentation: 'Try the API in Swagger UI',
  openapi: 'The OpenAPI document',
  console: 'The console for operators',
  health: 'Is it ready?',
};

/** `title` and `summary` are the program's own words, so nothing here needs escaping. */
function frontPage({ title, summary }: About, links: Links): string {
  const items = (Object.keys(TITLES) as (keyof Links)[])
    .filter((name) => links[name])
    .map((name) => `<li><a href="${links[name]}">${TITLES[name]}</a></li>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui;max-width:40em;margin:4em auto;padding:0 1em}</style>
<h1>${title}</h1><p>${summary}</p><ul>${items.join('')}</ul></html>`;
}

/**
 * Runs in the browser, as Swagger UI's request interceptor: replaces the key of the example at each Execute, so that a
 * second order is a second order. A key that the reader has typed stays.
 */
function withFreshKey(request: { headers: Record<string, string> }): object {
  if (request.headers['Idempotency-Key'] === '7f9c24e5-1c1b-4b7e-9a37-4f1a4c7d2a10') {
    const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
    request.headers['Idempotency-Key'] = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return request;
}
