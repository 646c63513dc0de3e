import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  HttpStatus,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { isNotModified, weakEtagOf } from './if-match';

/** Clients keep the answer, and ask each time whether it is still good; so may a proxy, for whom it was made. */
const HEADERS = { 'cache-control': 'no-cache', vary: 'authorization, accept-encoding' };

/** The ETag is what the controller has set, or else made from the text. */
@Injectable()
export class RevalidationInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<string | object>): Observable<string | undefined> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((body) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const given = reply.getHeader('etag');
        const etag = typeof given === 'string' ? given : weakEtagOf(text);
        void reply.headers({ ...HEADERS, etag });
        if (isNotModified(request.headers['if-none-match'], etag)) {
          void reply.status(HttpStatus.NOT_MODIFIED);
          return undefined;
        }
        void reply.type('application/json; charset=utf-8');
        return text;
      }),
    );
  }
}

/** A GET route whose answer, an object or the JSON of one, carries an ETag: who has it already is answered 304. */
export const Revalidated = () =>
  applyDecorators(
    UseInterceptors(RevalidationInterceptor),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The ETag you have: 304 when it is still good.',
      schema: { type: 'string', example: '"3"' },
    }),
    ApiResponse({ status: HttpStatus.NOT_MODIFIED, description: 'What you have is still good.' }),
  );
