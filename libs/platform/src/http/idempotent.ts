import { createHash } from 'node:crypto';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, tap } from 'rxjs';
import { requestContext } from '../observability/request-context';
import { type IdempotentCall, IdempotencyKeyInUse, IdempotencyKeyReused } from '../unit-of-work/idempotency-keys';
import { HttpProblem } from './http-problem';
import { ApiProblems } from './openapi';

const OPERATION = 'idempotent-operation';

/** Printable ASCII, 1 to 255 characters; a quoted RFC 8941 string is the same key as its bare content. */
const BARE = /^[\x21\x23-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** The key that a header value names. Throws 400 `idempotency-key-missing` or `idempotency-key-invalid`. */
export function idempotencyKeyOf(header: string | string[] | undefined, rawHeaders: string[] = []): string {
  if (header === undefined) throw new IdempotencyKeyMissing();
  // Given twice, Node joins them into one that nobody meant.
  if (rawHeaders.filter((name, i) => i % 2 === 0 && /^idempotency-key$/i.test(name)).length > 1)
    throw new IdempotencyKeyInvalid();
  const text = String(header).trim();
  const quoted = QUOTED.exec(text);
  const key = quoted ? quoted[1].replace(/\\(["\\])/g, '$1') : text;
  if (key.length > 255 || key.length < 1 || (!quoted && !BARE.test(key))) throw new IdempotencyKeyInvalid();
  return key;
}

/** Ids are the same in any case. */
const pathOf = ({ params }: FastifyRequest): string => JSON.stringify(params).toLowerCase();

/** SHA-256 over the canonical JSON (keys sorted, no white space) of what was asked. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/**
 * Hands the key to the unit of work that the route's use case opens (through the request's context), and marks a
 * replayed answer. The use case's result is the response: that is what is stored and replayed.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user: { id: string } }>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const call: IdempotentCall = {
      customerId: request.user.id,
      operation: this.reflector.get<string>(OPERATION, context.getHandler()),
      key: idempotencyKeyOf(request.headers['idempotency-key'], request.raw.rawHeaders),
      fingerprint: fingerprintOf([pathOf(request), request.body ?? {}]),
    };
    const requestOf = requestContext.getStore();
    if (!requestOf) throw new Error('an idempotent route outside a request context');
    requestOf.idempotentCall = call;
    return next.handle().pipe(
      tap(() => {
        if (!call.outcome) throw new Error(`${call.operation} ran no unit of work, so its key guards nothing`);
        if (call.outcome === 'replayed') void reply.header('idempotent-replayed', 'true');
      }),
    );
  }
}

/** The route requires an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header); `operation` is part of its scope. */
export function Idempotent(operation: string) {
  return applyDecorators(
    SetMetadata(OPERATION, operation),
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description:
        'A key of your choice, 1 to 255 printable ASCII characters, new for each intent. Repeat a request with the same ' +
        'key as often as you like: it happens once, and every repetition gets the first answer with `Idempotent-Replayed: true`.',
      schema: { type: 'string', minLength: 1, maxLength: 257, example: '7f9c24e5-1c1b-4b7e-9a37-4f1a4c7d2a10' },
    }),
    ApiExtension('x-idempotent', true),
    ApiProblems(
      new IdempotencyKeyMissing(),
      new IdempotencyKeyInvalid(),
      new IdempotencyKeyReused(),
      new IdempotencyKeyInUse(),
    ),
  );
}

export class IdempotencyKeyMissing extends HttpProblem {
  constructor() {
    super(400, 'idempotency-key-missing', 'This request needs an Idempotency-Key header; see /docs for how it works.');
  }
}

export class IdempotencyKeyInvalid extends HttpProblem {
  constructor() {
    super(
      400,
      'idempotency-key-invalid',
      'An Idempotency-Key is 1 to 255 printable ASCII characters, bare or as a quoted string.',
    );
  }
}
