import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type HttpProblem, problems } from '@holdfast/platform';
import { ApiBodyLimit, ApiTextBody } from '../openapi/openapi';
import { AddRouteConfig } from './route-config';

/** JSON text nested deeper than this is refused; no request of the API needs a quarter of it. */
const MAX_DEPTH = 32;
/**
 * JSON text with more members and elements than this is refused before it is parsed: an object of twenty thousand keys
 * takes twenty times as long to parse as other text of its size. An order of 100 lines has 301.
 * A route with a {@link BodyLimit} of its own may take more.
 */
const MAX_VALUES = 2_000;

/** Bytes of a raw body. */
const RAW_LIMIT = 65_536;

/** The text of the bytes; undefined when they are no text in the decoder's charset. */
export type Decoder = (bytes: Buffer) => string | undefined;

interface TextBodyConfig {
  type: string;
  limit: number;
  decoderOf: (charset: string | undefined) => Decoder | undefined;
}

interface BodyConfig {
  rawBody?: boolean;
  textBody?: TextBodyConfig;
  bodyLimit?: number;
  mostValues?: number;
}

/** Gives the controller the bytes of the body as they were sent, to verify a signature over them. */
export const RawBody = () => AddRouteConfig({ rawBody: true, bodyLimit: RAW_LIMIT } satisfies BodyConfig);

/**
 * Declares a body of this text type and at most `limit` bytes. {@link Text} reads it after the guards, so that only
 * callers who may use the route are given room for it. `decoderOf` returns the decoder of a charset in lower case, or
 * of a body without one; undefined makes the charset a 415. Without `decoderOf`, the body is UTF-8.
 */
export const TextBody = (type: string, limit: number, decoderOf: TextBodyConfig['decoderOf'] = utf8Only) =>
  applyDecorators(
    AddRouteConfig({ textBody: { type, limit, decoderOf } } satisfies BodyConfig),
    ApiTextBody(type, limit),
  );

const utf8Only = (charset = 'utf-8'): Decoder | undefined => (/^utf-?8$/.test(charset) ? decode : undefined);

/**
 * Bounds the body of a route, or of every route of a controller; in bytes. Without it, BODY_LIMIT holds. `mostValues`
 * bounds the members and elements of its JSON.
 */
export const BodyLimit = (bytes: number, mostValues?: number): ClassDecorator & MethodDecorator => {
  const config = AddRouteConfig({ bodyLimit: bytes, mostValues } satisfies BodyConfig);
  const bound = applyDecorators(config, ApiBodyLimit(bytes)) as MethodDecorator;
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (name !== undefined && descriptor) return void bound(target, name, descriptor);
    const { prototype } = target as { prototype: object };
    for (const [method, own] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (method !== 'constructor' && typeof own.value === 'function') bound(prototype, method, own);
  };
};

/** The whole text of a {@link TextBody}; empty without a body. Throws 413 if it is too long, 400 if it is not text. */
export const Text = createParamDecorator(async (_data: unknown, context: ExecutionContext): Promise<string> => {
  const request = context.switchToHttp().getRequest<ParsedRequest>();
  const { limit, decoderOf } = bodyOf(request.routeOptions.config).textBody!;
  const charset = charsetOf(request.headers['content-type']);
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of (request.body ?? []) as AsyncIterable<Buffer>)
    if ((size += piece.length) <= limit) pieces.push(piece);
  if (size > limit) throw problems.payloadTooLarge(limit);
  const text = decoderOf(charset)?.(Buffer.concat(pieces));
  if (text === undefined || text.includes('\0'))
    throw problems.malformedBody(`The body is not ${charset ?? 'UTF-8'}, or has U+0000.`);
  return text;
});

interface ParsedRequest extends FastifyRequest {
  bodyProblem?: HttpProblem;
}

/**
 * Reads JSON bodies. What is wrong with a body is kept beside the request until the guards have run: a caller who is
 * not logged in gets 401 and no word about the body.
 */
export function installBodyParser(fastify: FastifyInstance): void {
  const parseSafely = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit = bodyOf(route.config).bodyLimit ?? route.bodyLimit;
  });
  fastify.addHook('onRequest', (request: ParsedRequest, _reply, done) => {
    const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = request.headers;
    const hasBody = request.headers['transfer-encoding'] !== undefined || (length ?? '0') !== '0';
    const text = bodyOf(request.routeOptions.config).textBody;
    const isExpected = text ? isTextOf(text, type) : /^application\/json\s*(;|$)/i.test(type ?? '');
    if (hasBody && !(isExpected && (encoding ?? 'identity') === 'identity')) {
      request.bodyProblem = problems.unsupportedMediaType(text?.type);
      // Selects the parser that reads a body and drops it, whatever type it claims.
      request.headers['content-type'] = 'application/octet-stream';
    }
    done();
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
  // Leaves text in the stream, for Text to read.
  fastify.addContentTypeParser(/^text\//i, (_request, body, done) => done(null, body));
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: ParsedRequest, bytes: Buffer, done) => {
      if (bodyOf(request.routeOptions.config).rawBody) return done(null, bytes);
      const refuse = (detail: string) => {
        request.bodyProblem = problems.malformedBody(detail);
        done(null, undefined);
      };
      const text = decode(bytes);
      if (text === undefined) return refuse('The body is not UTF-8.');
      if (text.trim() === '') return done(null, undefined);
      const excess = excessOf(text, bodyOf(request.routeOptions.config).mostValues);
      if (excess) return refuse(excess);
      void parseSafely(request, text, (error, body: unknown) => {
        if (error) return refuse('The body is not valid JSON.');
        // Valid UTF-8 can only hold such text as an escape, so most bodies need no walk.
        if (text.includes('\\u') && !isUnicodeText(body))
          return refuse('The body has text that is not Unicode, or U+0000.');
        done(null, body);
      });
    },
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // the caller refuses the body
  }
}

/** Throws what is wrong with the body. To be called once the caller is authenticated. */
export function refuseBadBody({ bodyProblem }: ParsedRequest): void {
  if (bodyProblem) throw bodyProblem;
}

const bodyOf = (config: object | undefined): BodyConfig => config ?? {};

/** True for the type of the body, in a charset that has a decoder. */
const isTextOf = ({ type, decoderOf }: TextBodyConfig, header = ''): boolean =>
  header.toLowerCase().split(';')[0].trim() === type && decoderOf(charsetOf(header)) !== undefined;

/** The charset of a Content-Type in lower case, without quotes. */
function charsetOf(header = ''): string | undefined {
  const [, ...parameters] = header.toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='))?.split('=')[1];
  return charset?.trim().replace(/^"(.*)"$/, '$1');
}

/** What of the text is beyond the limits. Reads it once, and no further than it has to. */
function excessOf(json: string, mostValues = MAX_VALUES): string | undefined {
  let depth = 0;
  let values = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === ',') values++;
    else if (char === '{' || char === '[') {
      values++; // the first value in it; a comma is before each other one
      if (++depth > MAX_DEPTH) return `The body is nested deeper than ${MAX_DEPTH} levels.`;
    } else if (char === '}' || char === ']') depth--;
    if (values > mostValues) return `The body has more than ${mostValues} members and elements.`;
  }
  return undefined;
}

function isUnicodeText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isUnicodeText(key) && isUnicodeText(member));
}
