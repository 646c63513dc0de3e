import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { newId } from '@holdfast/shared-kernel';
import { problemOf, problems } from '../http/http-problem';
import { log } from './logger';
import type { Readiness } from './readiness';
import { METRICS_TYPE, scrape } from './scrape';

/** `GET /metrics`, `/health/live` and `/health/ready`, as the API has them, for a process that serves nothing else. */
export async function serveMetrics(host: string, port: number, readiness: Readiness): Promise<Server> {
  const answers: Record<string, (response: ServerResponse) => Promise<unknown>> = {
    '/metrics': async (response) => response.setHeader('content-type', METRICS_TYPE).end(await scrape()),
    '/health/live': async (response) => send(response, 200, 'application/json', { status: 'ok' }),
    '/health/ready': async (response) => {
      try {
        await readiness.check();
      } catch (error) {
        log.warn({ err: error }, 'not ready');
        return send(response, 503, 'application/problem+json', problemOf(problems.unavailable(), newId()));
      }
      send(response, 200, 'application/json', { status: 'ok', checks: { database: 'ok', migrations: 'ok' } });
    },
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

const send = (response: ServerResponse, status: number, type: string, body: object) =>
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
