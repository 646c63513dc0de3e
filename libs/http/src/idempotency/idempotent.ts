import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { problems, requestContext } from '@holdfast/platform';
import { IdempotencyKeyInvalid, IdempotencyKeyMissing, idempotentCallOf, IdempotentOperation } from './idempotency-key';
import { ApiAnswerHeaders, ApiProblems } from '../openapi/openapi';
import type { RateLimits } from '../limits/rate-limits';

/**
 * Hands the key, through the request's context, to the unit of work that the use case opens. The result of the use case
 * is the response, which is stored and replayed. Runs after the guard that authenticates.
 */
@Injectable()
export class IdempotencyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const requestOf = requestContext.getStore();
    if (!requestOf) throw new Error('An idempotent route was called outside a request context.');
    const operation = this.reflector.get(IdempotentOperation, context.getHandler());
    requestOf.idempotentCall = idempotentCallOf(context.switchToHttp().getRequest(), operation);
    return true;
  }
}

/** Marks replayed answers, and takes them out of the rate limit's count. */
export function installReplays(fastify: FastifyInstance, limits: RateLimits): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const call = requestContext.getStore()?.idempotentCall;
    if (!call || reply.statusCode >= 400) return done(null, payload);
    if (!call.outcome) return done(new Error(`${call.operation} ran no unit of work, so its key protects nothing.`));
    if (call.outcome === 'fresh') return done(null, payload);
    void reply.header('idempotent-replayed', 'true');
    limits.forgive(request, reply).then(() => done(null, payload), done);
  });
}

/** The key in the document's examples. Swagger UI replaces it at each Execute. */
export const EXAMPLE_KEY = '7f9c24e5-1c1b-4b7e-9a37-4f1a4c7d2a10';

/**
 * Requires an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), unless it is optional. The key's scope
 * includes `operation`.
 */
export function Idempotent(operation: string, { isKeyOptional = false } = {}) {
  return applyDecorators(
    IdempotentOperation({ name: operation, isKeyOptional }),
    UseGuards(IdempotencyGuard),
    ApiHeader({
      name: 'Idempotency-Key',
      required: !isKeyOptional,
      description:
        'A key of your choice, 1 to 255 printable ASCII characters, new for each intent. Repeat a request with its key ' +
        'as often as needed: it takes effect once, and each repetition gets the first answer with ' +
        '`Idempotent-Replayed: true`.',
      schema: { type: 'string', minLength: 1, maxLength: 257, example: EXAMPLE_KEY },
    }),
    ApiExtension('x-idempotent', true),
    ApiAnswerHeaders('Idempotent-Replayed'),
    ApiProblems(
      ...(isKeyOptional ? [] : [new IdempotencyKeyMissing()]),
      new IdempotencyKeyInvalid(),
      problems.idempotencyKeyReused(),
      problems.idempotencyKeyInUse(),
    ),
  );
}
