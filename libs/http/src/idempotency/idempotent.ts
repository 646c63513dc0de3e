import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { requestContext } from '@holdfast/platform';
import { IdempotencyKeyInUse, IdempotencyKeyReused } from '@holdfast/platform/unit-of-work';
import { IdempotencyKeyInvalid, IdempotencyKeyMissing, idempotentCallOf, IdempotentOperation } from './idempotency-key';
import { ApiProblems } from '../openapi/openapi';
import type { RateLimits } from '../limits/rate-limits';

/**
 * Hands the key to the unit of work that the route's use case opens, through the request's context. The use case's result
 * is the response: that is what is stored and replayed. Comes after the guard that says who asks.
 */
@Injectable()
export class IdempotencyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const requestOf = requestContext.getStore();
    if (!requestOf) throw new Error('an idempotent route outside a request context');
    const operation = this.reflector.get(IdempotentOperation, context.getHandler());
    requestOf.idempotentCall = idempotentCallOf(context.switchToHttp().getRequest(), operation);
    return true;
  }
}

/** Marks replayed answers, which do not count. */
export function installReplays(fastify: FastifyInstance, limits: RateLimits): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const call = requestContext.getStore()?.idempotentCall;
    if (!call || reply.statusCode >= 400) return done(null, payload);
    if (!call.outcome) return done(new Error(`${call.operation} ran no unit of work, so its key guards nothing`));
    if (call.outcome === 'fresh') return done(null, payload);
    void reply.header('idempotent-replayed', 'true');
    limits.forgive(request, reply).then(() => done(null, payload), done);
  });
}

/** The route requires an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header); `operation` is part of its scope. */
export function Idempotent(operation: string) {
  return applyDecorators(
    IdempotentOperation(operation),
    UseGuards(IdempotencyGuard),
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
