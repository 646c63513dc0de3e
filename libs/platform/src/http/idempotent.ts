import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';
import { requestContext } from '../observability/request-context';
import { IdempotencyKeyInUse, IdempotencyKeyReused } from '../unit-of-work/idempotency-keys';
import { IdempotencyKeyInvalid, IdempotencyKeyMissing, idempotentCallOf, IdempotentOperation } from './idempotency-key';
import { ApiProblems } from './openapi';
import { RateLimits } from './rate-limits';

/**
 * Hands the key to the unit of work that the route's use case opens (through the request's context), and marks a
 * replayed answer. The use case's result is the response: that is what is stored and replayed.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const call = idempotentCallOf(request, this.reflector.get(IdempotentOperation, context.getHandler()));
    const requestOf = requestContext.getStore();
    if (!requestOf) throw new Error('an idempotent route outside a request context');
    requestOf.idempotentCall = call;
    return next.handle().pipe(
      concatMap(async (answer: unknown) => {
        if (!call.outcome) throw new Error(`${call.operation} ran no unit of work, so its key guards nothing`);
        if (call.outcome === 'replayed') {
          void reply.header('idempotent-replayed', 'true');
          await this.limits.forgive(request, reply);
        }
        return answer;
      }),
    );
  }
}

/** The route requires an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header); `operation` is part of its scope. */
export function Idempotent(operation: string) {
  return applyDecorators(
    IdempotentOperation(operation),
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
