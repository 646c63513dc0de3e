import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { newId } from '@holdfast/shared-kernel';
import { log, problems, type Readiness } from '@holdfast/platform';
import { METRICS_TYPE, scrape } from '@holdfast/platform/observability';
import { problemOf } from '@holdfast/platform/problems';

/** Serves `/metrics`, `/health/live` and `/health/ready` on a port of their own. */
export async function serveOperations(host: string, port: number, readiness: Readiness): Promise<Server> {
  const answers: Record<string, (response: ServerResponse) => Promise<unknown>> = {
    '/metrics': async (response) => response.setHeader('content-type', METRICS_TYPE).end(await scrape()),
    '/health/live': async (response) => send(response, 200, JSON_TYPE, { status: 'ok' }),
    '/health/ready': (response) =>
      readiness.check().then(
        (health) => send(response, 200, JSON_TYPE, health),
        (error: unknown) => {
          log.warn({ err: error }, 'not ready');
          const problem = problems.unavailable();
          for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
          return send(response, problem.status, 'application/problem+json', problemOf(problem, newId()));
        },
      ),
  };
  const listener: RequestListener = (request, response) => {
    const answer = request.method === 'GET' ? answers[request.url?.split('?')[0] ?? ''] : undefined;
    if (!answer) response.writeHead(404).end();
    else answer(response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = createServer(listener);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

const JSON_TYPE = 'application/json';

const send = (response: ServerResponse, status: number, type: string, body: object) =>
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
