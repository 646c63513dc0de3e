import { newId } from '@holdfast/shared-kernel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type HttpProblem, problems } from '@holdfast/platform';
import { problemOf } from '@holdfast/platform/problems';

/** How often Node looks for requests that took too long, and how long a client may take to read why it was refused. */
export const CHECK_INTERVAL_MS = 1_000;

/** Answers bytes that are no HTTP request with a problem document: they never reach Fastify's router. */
export function answerBrokenHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const known: Record<string, () => HttpProblem> = {
    HPE_HEADER_OVERFLOW: problems.broken.headersTooLarge,
    ERR_HTTP_REQUEST_TIMEOUT: problems.broken.requestTimeout,
  };
  const problem = known[error.code ?? '']?.() ?? problems.malformedRequest('This is not a valid HTTP request.');
  const { headers, body } = answerOf(problem);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} Error\r\n${lines.join('')}\r\n${body}`);
  // A client that does not close its side would keep the connection.
  setTimeout(() => socket.destroy(), CHECK_INTERVAL_MS).unref();
}

/** Answers an `Expect` header other than 100-continue, which Node keeps from Fastify. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const problem = problems.broken.expectationFailed();
  const { headers, body } = answerOf(problem);
  response.writeHead(problem.status, headers).end(body);
}

function answerOf(problem: HttpProblem): { headers: Record<string, string | number>; body: string } {
  const requestId = newId();
  const body = JSON.stringify(problemOf(problem, requestId));
  const type = 'application/problem+json';
  return {
    headers: { 'content-type': type, 'x-request-id': requestId, 'content-length': Buffer.byteLength(body) },
    body,
  };
}
