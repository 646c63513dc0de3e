import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type HttpProblem, problems } from '@holdfast/platform';
import { ApiTextBody } from '../openapi/openapi';

/** JSON text nested deeper than this is refused; no request of ours needs a quarter of it. */
const MAX_DEPTH = 32;

/** Bytes of a body that is taken as it comes. */
const RAW_LIMIT = 65_536;

/** The body reaches the controller as the bytes that were sent, for who has to verify a signature over them. */
export const RawBody = () => RouteConfig({ rawBody: true });

/** The text of the bytes; undefined when they are no text in the decoder's charset. */
export type Decoder = (bytes: Buffer) => string | undefined;

interface TextBodyConfig {
  type: string;
  limit: number;
  decoderOf: (charset: string | undefined) => Decoder | undefined;
}

/**
 * Declares a body of this text type and at most `limit` bytes. {@link Text} reads it after the guards, so that only
 * callers who may use the route are given room for it. `decoderOf` returns the decoder of a charset in lower case, or
 * of a body without one; undefined makes the charset a 415. Without `decoderOf`, the body is UTF-8.
 */
export const TextBody = (type: string, limit: number, decoderOf: TextBodyConfig['decoderOf'] = utf8Only) =>
  applyDecorators(
    RouteConfig({ textBody: { type, limit, decoderOf } satisfies TextBodyConfig }),
    ApiTextBody(type, limit),
  );

const utf8Only = (charset = 'utf-8'): Decoder | undefined => (/^utf-?8$/.test(charset) ? decode : undefined);

/** All of the text of a {@link TextBody}; empty for none. What is wrong with it is told when all of it has come in. */
export const Text = createParamDecorator(async (_data: unknown, context: ExecutionContext): Promise<string> => {
  const request = context.switchToHttp().getRequest<ParsedRequest>();
  const { limit, decoderOf } = textBodyOf(request.routeOptions.config)!;
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
 * Reads JSON bodies. What is wrong with a body is kept beside the request and told only after the guards have run:
 * who is not logged in learns 401 and nothing about the body.
 */
export function installBodyParser(fastify: FastifyInstance): void {
  const parseSafely = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRoute', (route) => {
    if (isRaw(route.config)) route.bodyLimit = RAW_LIMIT;
  });
  fastify.addHook('onRequest', (request: ParsedRequest, _reply, done) => {
    const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = request.headers;
    const hasBody = request.headers['transfer-encoding'] !== undefined || (length ?? '0') !== '0';
    const text = textBodyOf(request.routeOptions.config);
    const isOurs = text ? isTextOf(text, type) : /^application\/json\s*(;|$)/i.test(type ?? '');
    if (hasBody && !(isOurs && (encoding ?? 'identity') === 'identity')) {
      request.bodyProblem = problems.unsupportedMediaType(text?.type);
      // So that it is read, and left alone, whatever it says it is.
      request.headers['content-type'] = 'application/octet-stream';
    }
    done();
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
  // Left where it is: see Text.
  fastify.addContentTypeParser(/^text\//i, (_request, body, done) => done(null, body));
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: ParsedRequest, bytes: Buffer, done) => {
      if (isRaw(request.routeOptions.config)) return done(null, bytes);
      const refuse = (detail: string) => {
        request.bodyProblem = problems.malformedBody(detail);
        done(null, undefined);
      };
      const text = decode(bytes);
      if (text === undefined) return refuse('The body is not UTF-8.');
      if (text.trim() === '') return done(null, undefined);
      if (depthOf(text) > MAX_DEPTH) return refuse(`The body is nested deeper than ${MAX_DEPTH} levels.`);
      void parseSafely(request, text, (error, body: unknown) => {
        if (error) return refuse('The body is not valid JSON.');
        // The bytes were UTF-8, so only an escape can have brought in what is no text: most bodies are not walked.
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
    return undefined; // what that means is said by the caller's message
  }
}

/** Called when it is known who asks. Throws what is wrong with the body. */
export function refuseBadBody({ bodyProblem }: ParsedRequest): void {
  if (bodyProblem) throw bodyProblem;
}

const textBodyOf = (config: object | undefined): TextBodyConfig | undefined =>
  (config as { textBody?: TextBodyConfig } | undefined)?.textBody;

/** True for the type of the body, in a charset that has a decoder. */
const isTextOf = ({ type, decoderOf }: TextBodyConfig, header = ''): boolean =>
  header.toLowerCase().split(';')[0].trim() === type && decoderOf(charsetOf(header)) !== undefined;

/** The charset of a Content-Type in lower case, without quotes. */
function charsetOf(header = ''): string | undefined {
  const [, ...parameters] = header.toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='))?.split('=')[1];
  return charset?.trim().replace(/^"(.*)"$/, '$1');
}

const isRaw = (config: object | undefined): boolean => (config as { rawBody?: boolean } | undefined)?.rawBody === true;

function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}

function isUnicodeText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, member]) => isUnicodeText(key) && isUnicodeText(member));
}
