import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { DomainError, newId } from '@holdfast/shared-kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem, isUnavailable, log, problems, requestContext } from '@holdfast/platform';
import { headersOf, problemOf, statusOf } from '@holdfast/platform/problems';
import type { RouteTable } from './route-table';

/** Answers every error as `application/problem+json`: our own, the framework's and unexpected ones. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly bodyLimit: number,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = this.problemFor(error, request);
    const status = statusOf(problem);
    if (status >= 500) {
      if (status === 503) log.warn({ err: error }, 'answered 503');
      else log.error({ err: error }, 'answered 500');
    }
    const { requestId } = requestContext.getStore() ?? { requestId: newId() };
    const body = problemOf(problem, requestId);
    void reply
      .status(body.status)
      .headers(headersOf(problem))
      .header('cache-control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(body));
  }

  private problemFor(error: unknown, request: FastifyRequest): DomainError | HttpProblem {
    if (error instanceof DomainError || error instanceof HttpProblem) return error;
    if (isUnavailable(error)) return problems.unavailable();
    const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown }).statusCode;
    switch (status) {
      case 400:
        return problems.malformedRequest('The request cannot be understood.');
      case 401:
        return problems.unauthorized();
      case 403:
        return problems.forbidden();
      case 404: {
        const path = request.url.split('?')[0] ?? '/';
        const allow = this.routes.methodsAt(path);
        return allow.length ? problems.methodNotAllowed(request.method, allow) : problems.notFound(path);
      }
      case 413:
        return problems.payloadTooLarge(request.routeOptions.bodyLimit ?? this.bodyLimit);
      case 414:
        return problems.broken.uriTooLong();
      case 415:
        return problems.unsupportedMediaType();
      default:
        return problems.internalError();
    }
  }
}
